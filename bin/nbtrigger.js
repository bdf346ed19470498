#!/usr/bin/env node
import { isBuilt } from './check_build.js'

if (isBuilt()) await import('../build/bundle/cli.js')
