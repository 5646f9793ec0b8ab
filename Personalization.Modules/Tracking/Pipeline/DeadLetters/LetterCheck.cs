using System.Text;
using Personalization.Kernel.Hashing;
using Personalization.Tracking.Contracts;
using Personalization.Tracking.Domain;
using Personalization.Tracking.Domain.DeadLetters;

namespace Personalization.Tracking.Pipeline.DeadLetters;

/// <summary>Tells what the door would say to a letter, without sending it in.</summary>
internal sealed class LetterCheck(SegmentParser parser, EventBatchPool pool, KeyHasher hasher)
{
    public CheckedBody Check(DeadLetter letter)
    {
        if (ReplayBody.FaultOf(letter) is { } unreadable)
        {
            // What is not told by the body stays as it was: a line of an import must not lose its id by a slip.
            return new CheckedBody(unreadable, letter.EventName, letter.MessageId, Keys(letter));
        }

        var batch = pool.Rent(letter.Body.Length);
        try
        {
            ReplayBody.Write(letter, batch, out var route);
            batch.Origin = letter.Origin;
            var outcome = route == default ? parser.ParseBatch(batch) : parser.ParseSingle(batch, route);
            var fault = FaultOf(batch, outcome);
            var (name, messageId) = batch.EventCount > 0 ? (batch[0].Name, batch[0].MessageId)
                : batch.Refusals.Count > 0 ? (batch.Refusals[0].Name, batch.Refusals[0].MessageId)
                : (default, default);
            return letter.IsEvent
                ? new CheckedBody(fault, Text(batch, name), Text(batch, messageId), Keys(letter))
                : new CheckedBody(fault, "", "", Keys(letter));
        }
        finally
        {
            batch.Release();
        }
    }

    private IReadOnlyCollection<UInt128> Keys(DeadLetter letter) => IdentifierScan.Keys(hasher, letter.Body);

    private static string? FaultOf(EventBatch batch, ParseOutcome outcome) => outcome.Status switch
    {
        ParseStatus.Parsed => batch.Refusals.Count == 0 ? null : batch.Refusals[0].Describe(),
        ParseStatus.Malformed => $"It is not a JSON document in UTF-8 from byte {outcome.Position} on.",
        ParseStatus.TooManyEvents => TrackingProblems.TooManyEvents.Title,
        ParseStatus.Empty => "It is empty.",
        _ => TrackingProblems.InvalidBody.Title,
    };

    private static string Text(EventBatch batch, Utf8Slice slice) => LetterWriting.Bounded(Encoding.UTF8.GetString(batch.Text(slice)));
}

/// <summary>What was read out of the body of a letter.</summary>
/// <param name="Fault">What the door would refuse it for; null when it would be taken.</param>
/// <param name="EventName">Of a single event.</param>
/// <param name="MessageId">Of a single event.</param>
/// <param name="Subjects">Keyed hashes of the identifiers that stand in it.</param>
internal sealed record CheckedBody(string? Fault, string EventName, string MessageId, IReadOnlyCollection<UInt128> Subjects);
