// A file of its own, since what `import()` loads of a CommonJS package has no named exports in a bundle.
export { gaxios, GoogleAuth } from 'google-auth-library'
