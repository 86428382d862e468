/**
 * The agent that books a flight: it searches and chooses with a model, asks a person before paying, books once, and sends
 * check-in reminders.
 */
import type { ModelMessage } from 'ai';
import type { JsonValue } from '#libs/contracts';
import { type AgentContext, type AgentDefinition, type Duration, defineAgent, FatalError } from '#libs/engine';
import { askForApproval } from '../approval.js';
import { conversationOf } from '../conversation-messages.js';
import { dataPart } from '../data-part.js';
import type { ModelProvider } from '../model-provider.js';
import { nameWorkflow } from '../name-workflow.js';
import { lastOutput } from '../tool-outputs.js';
import { dayAsked } from '../when-asked.js';
import type { AirlineClient, Quote } from './airline-client.js';
import {
  type BookingOutput,
  bookingOutputSchema,
  bookingTools,
  choiceSchema,
  searchTools,
  toBookingOutput,
} from './flight-tools.js';
import { approvedMessage, bookingInstructions, euros, rejectedMessage, searchInstructions } from './instructions.js';

/** Maximum offers in one run, counting repeated offers of one flight at other prices. */
const MAX_OFFERS = 6;
const MAX_MODEL_CALLS = 12;

export interface FlightBookingOptions {
  model: ModelProvider;
  /** `null` when none is configured; runs then fail with an explanation. */
  airline: AirlineClient | null;
  /** How long an offer waits for approval. */
  approvalTimeout: Duration;
}

interface Offer {
  /** Within the run, from 1. */
  number: number;
  quote: Quote;
}

type Outcome = 'declined' | 'expired' | 'unavailable';

export function createFlightBooking({ model, airline, approvalTimeout }: FlightBookingOptions): AgentDefinition {
  return defineAgent('flight-booking', {
    async run(context) {
      if (!airline) throw new FatalError('STEP_FAILED', 'No airline is connected. Set HOLDFAST_AIRLINE_URL.');
      const journey = new Journey(context, model, airline, approvalTimeout);
      await journey.run();
    },
    complete: async (context) => ({ title: await nameWorkflow(context, model), saveRevision: false }),
  });
}

/** One run of the agent. Lives only in memory: a replay rebuilds it from stored steps. */
class Journey {
  private offers = 0;

  constructor(
    private readonly context: AgentContext,
    private readonly model: ModelProvider,
    private readonly airline: AirlineClient,
    private readonly approvalTimeout: Duration,
  ) {}

  async run(): Promise<void> {
    const today = await this.context.step('today', () => dayAsked(this.context));
    const tools = searchTools(this.airline);
    let messages = conversationOf(this.context);
    while (this.offers < MAX_OFFERS) {
      await this.tell('Looking for flights');
      const given = messages.length;
      ({ messages } = await this.context.generate({
        ...this.model,
        instructions: searchInstructions(today),
        tools,
        maxSteps: MAX_MODEL_CALLS,
        messages,
      }));
      const choice = lastOutput(messages.slice(given), 'chooseFlight', choiceSchema);
      // The model has said what is missing, or that nothing fits.
      if (!choice) return;
      const comment = await this.offerUntilSettled(messages, choice);
      if (comment === null) return;
      messages = [...messages, { role: 'user', content: rejectedMessage(comment) }];
    }
    await this.end('declined');
  }

  /**
   * Asks, books, and asks again when the price has changed in between. Resolves with the comment that asks for another
   * flight.
   */
  private async offerUntilSettled(
    messages: ModelMessage[],
    choice: { flightId: string; passengers: number; seenTotalCents: number },
  ): Promise<string | null> {
    let seenTotalCents = choice.seenTotalCents;
    while (this.offers < MAX_OFFERS) {
      const offer = await this.makeOffer(choice, seenTotalCents);
      if (!offer) return this.end('unavailable');
      const verdict = await askForApproval(this.context, 'pay', {
        title: `Book ${offer.quote.flight.number} for ${euros(offer.quote.totalCents)}?`,
        timeout: this.approvalTimeout,
      });
      if (verdict.kind === 'expired') return this.end('expired');
      if (verdict.kind === 'rejected') return verdict.comment ?? this.end('declined');
      const booked = await this.book(offer, messages);
      if (booked.booked) {
        await this.accompany(offer.quote, booked);
        return null;
      }
      if (booked.reason === 'NO_SUCH_FLIGHT') return this.end('unavailable');
      seenTotalCents = offer.quote.totalCents;
    }
    return this.end('unavailable');
  }

  /** The current price, shown beside the previous one. `null` when the flight is no longer available. */
  private async makeOffer(
    { flightId, passengers }: { flightId: string; passengers: number },
    seenTotalCents: number,
  ): Promise<Offer | null> {
    const quote = (await this.context.step(
      'quote',
      async ({ signal }) => (await this.airline.quote(flightId, passengers, signal)) as unknown as JsonValue,
    )) as unknown as Quote | null;
    if (!quote) return null;
    this.offers += 1;
    const { flight, totalCents } = quote;
    await this.context.emit('offer', [
      dataPart('flight-offer', `offer-${this.offers}`, {
        flight: { ...flight },
        passengers,
        totalCents,
        seenTotalCents,
        currency: quote.currency,
      }),
    ]);
    await this.tell('Waiting for an approval');
    return { number: this.offers, quote };
  }

  /** One key per approval: whatever is repeated, the airline books once. */
  private async book({ number, quote }: Offer, messages: ModelMessage[]): Promise<BookingOutput> {
    await this.tell('Booking');
    const order = { flightId: quote.flight.id, passengers: quote.passengers, maxTotalCents: quote.totalCents };
    const idempotencyKey = `${this.context.runId}:booking-${number}`;
    const after = await this.context
      .generate({
        ...this.model,
        instructions: bookingInstructions,
        tools: bookingTools(this.airline, { order, idempotencyKey }),
        maxSteps: MAX_MODEL_CALLS,
        messages: [...messages, { role: 'user', content: approvedMessage(quote) }],
      })
      .then((generated) => generated.messages.slice(messages.length), withoutAnswer);
    const told = lastOutput(after, 'bookFlight', bookingOutputSchema);
    if (told) return told;
    // The model did not call, or the airline's answer was lost; with the same key, repeating the request is safe.
    return this.context.step('book', async ({ signal }) =>
      toBookingOutput(await this.airline.book(order, idempotencyKey, signal)),
    );
  }

  /** Sends a reminder half-way to the check-in and when it opens; the run sleeps in between and holds no worker. */
  private async accompany(quote: Quote, booking: Extract<BookingOutput, { booked: true }>): Promise<void> {
    const { flight, passengers, totalCents, currency } = quote;
    const show = (checkIn: 'later' | 'open') =>
      dataPart('booking', 'booking', {
        status: 'booked',
        reference: booking.reference,
        flight: { ...flight },
        passengers,
        totalCents,
        currency,
        checkInOpensAt: booking.checkInOpensAt,
        checkIn,
      });
    await this.context.emit('booking', [show('later')]);
    // Decided once: a replay must sleep for the same time, whatever the clock says by then.
    const waitMs = await this.context.step('wait-for-check-in', async ({ now }) =>
      Math.max(0, Date.parse(booking.checkInOpensAt) - (await now()).getTime()),
    );
    await this.tell('Waiting for the check-in to open');
    const halfMs = Math.floor(waitMs / 2);
    await this.context.sleep(halfMs);
    await this.remind(1, `Flight ${flight.number}: the check-in opens soon.`);
    await this.context.sleep(waitMs - halfMs);
    await this.remind(2, `Flight ${flight.number}: the check-in is open. Reference ${booking.reference}.`);
    await this.context.emit('booking', [show('open')]);
  }

  private async remind(number: number, text: string): Promise<void> {
    const at = await this.context.step('reminder', async ({ now }) => (await now()).toISOString());
    await this.context.emit('reminder', [dataPart('reminder', `reminder-${number}`, { text, at })]);
  }

  private async end(status: Outcome): Promise<null> {
    await this.context.emit('booking', [dataPart('booking', 'booking', { status })]);
    return null;
  }

  private tell(text: string): Promise<void> {
    return this.context.progress({ id: 'progress', text });
  }
}

/** A model that never finishes must not prevent a booking that a person has approved. */
function withoutAnswer(error: unknown): ModelMessage[] {
  if (error instanceof FatalError && error.code === 'STEP_LIMIT') return [];
  throw error;
}
