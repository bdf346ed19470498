import type { CellSource } from './notebook_file.ts'

const parameters = `days = 365  # how many days to draw
city: str = "Lisbon"  # a name for the title
noise: float = 0.35  # how much a day differs from its season
smooth: bool = True  # the mean of a fortnight, too`

const data = `import numpy as np

rng = np.random.default_rng(7)
day = np.arange(days)
season = 17.5 - 5.8 * np.cos(2 * np.pi * (day - 20) / 365)
degrees = season + rng.normal(0, noise * 5, days)
print(f"{city}: {days} days, {degrees.min():.1f} to {degrees.max():.1f} °C")`

const plot = `import matplotlib.pyplot as plt

figure, axes = plt.subplots(figsize=(9.2, 3.4), dpi=80, layout="constrained")
axes.scatter(day, degrees, s=7, color="#9aa2ef", label="day")
if smooth:
    mean = np.convolve(degrees, np.ones(14) / 14, mode="valid")
    axes.plot(day[6 : 6 + len(mean)], mean, color="#4650c8", lw=2.2, label="14 days")
axes.set(title=f"{city}, a year of days", ylabel="°C", xlim=(0, days))
axes.spines[["top", "right"]].set_visible(False)
axes.legend(frameon=False, ncols=2)
plt.close()
figure`

const table = `from IPython.display import HTML

months = np.array_split(degrees, 4)
rows = "".join(
    f"<tr><th>Q{n}</th><td>{m.mean():.1f}</td><td>{m.min():.1f}</td><td>{m.max():.1f}</td></tr>"
    for n, m in enumerate(months, 1)
)
HTML("<table><thead><tr><th></th><th>mean</th><th>min</th><th>max</th></tr></thead>"
     f"<tbody>{rows}</tbody></table>")`

/** A notebook that draws: parameters with types and comments, text, a table, a plot. */
export const drawingNotebook: readonly CellSource[] = [
  { type: 'markdown', source: '# The year of a city\nIts days, and the mean of its quarters.' },
  { type: 'code', source: parameters, metadata: { tags: ['parameters'] } },
  data,
  table,
  plot,
]
