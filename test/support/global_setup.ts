import { pythonEnvironment } from './python_environment.ts'

/** Makes the Python environment before the first test, so that no test's time limit counts it. */
export default async function globalSetup(): Promise<void> {
  await pythonEnvironment()
}
