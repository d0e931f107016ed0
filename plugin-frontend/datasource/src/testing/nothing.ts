/** Stands for a module that no test uses. */
export {};
