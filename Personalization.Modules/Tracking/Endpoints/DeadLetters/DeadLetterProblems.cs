using Personalization.Kernel.Http;

namespace Personalization.Tracking.Endpoints.DeadLetters;

internal static class DeadLetterProblems
{
    public static readonly Problem Unknown = new("tracking/unknown-dead-letter", "There is no such dead letter, or it has expired.", 404);
    public static readonly Problem Settled = new("tracking/dead-letter-settled", "The dead letter was replayed or discarded already.", 409);
    public static readonly Problem NotReplayable = new("tracking/dead-letter-not-replayable", "The dead letter cannot be sent in as it is.", 409);
    public static readonly Problem InvalidFilter = new("tracking/invalid-dead-letter-filter", "The filter is not valid.", 400);
    public static readonly Problem InvalidRequest = new("tracking/invalid-dead-letter-request", "The body is not what this address takes.", 400);
    public static readonly Problem InvalidPatch = new("tracking/invalid-patch", "The patch is not valid, or does not fit the letter.", 400);
    public static readonly Problem TooLarge = new("tracking/dead-letter-too-large", "The body is larger than a dead letter may be.", 413);
    public static readonly Problem Busy = new("tracking/dead-letters-busy", "Too many changes wait to be written, or the disk refuses them.", 503);
}
