module.exports = {
  projects: ['<rootDir>/shared', '<rootDir>/datasource'],
  // A machine that compiles C++ at the same time is slow.
  testTimeout: 30_000,
};
