import { cloudEvent } from '@google-cloud/functions-framework'

// The least that can be deployed: what a cold start takes without us.
cloudEvent('nbtrigger', () => {})
