export default {
  base: './',
  // A worker that loads a part of itself later, as `parseMessage` does, has to be ES modules.
  worker: { format: 'es' },
};
