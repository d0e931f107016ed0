module.exports = { projects: ['<rootDir>/shared', '<rootDir>/datasource'] };
