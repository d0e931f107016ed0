import '@testing-library/jest-dom';

// Parts of the browser that jsdom lacks and @grafana/ui asks for while it is loaded.
window.matchMedia = (query: string) => ({
  matches: false,
  media: query,
  onchange: null,
  addListener: () => undefined,
  removeListener: () => undefined,
  addEventListener: () => undefined,
  removeEventListener: () => undefined,
  dispatchEvent: () => false,
});
HTMLCanvasElement.prototype.getContext = () => null;
window.ResizeObserver = class {
  observe() {}
  unobserve() {}
  disconnect() {}
};
