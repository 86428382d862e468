export { type AirlineClient, createAirlineClient } from './flight-booking/airline-client.js';
export { createFlightBooking } from './flight-booking/flight-booking.agent.js';
export * from './model-choice.js';
export * from './model-provider.js';
export * from './node-catalog-client.js';
export { createPostAuthor } from './post-author/post-author.agent.js';
export { createWorkflowBuilder } from './workflow-builder/workflow-builder.agent.js';
