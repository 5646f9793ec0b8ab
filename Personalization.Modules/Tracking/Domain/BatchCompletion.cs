using Personalization.Kernel.Hashing;
using Personalization.Tracking.Contracts;

namespace Personalization.Tracking.Domain;

/// <summary>
/// The second half of parsing, when the whole body and its source are known: the batch's own fields may stand behind its events.
/// </summary>
internal ref struct BatchCompletion(EventBatch batch, KeyHasher hasher, IdentifierVocabulary identifiers)
{
    private readonly KeySpace _messages = KeySpace.MessageOf(batch.SourceId);
    private TrackedEvent? _previous;

    private readonly bool _isImport = batch.Origin == EventOrigin.Import;

    /// <summary>Whether an event was among them that must not wait behind a bulk import. Of an import none is: its past can wait.</summary>
    public bool IsCritical { get; private set; }

    public void Complete(TrackedEvent current, ContextSignals shared)
    {
        shared.ApplyTo(current);
        current.ReceivedAtMs = batch.ReceivedAtMs;
        current.SentAtMs = current.SentAtMs != long.MinValue ? current.SentAtMs : batch.SentAtMs;
        current.TimestampMs = ClockCorrection.EventTimeMs(
            current.OriginalTimestampMs, _isImport ? long.MinValue : current.SentAtMs, current.ReceivedAtMs);
        SetKeys(current);
        IsCritical |= !_isImport && CriticalPolicy.IsCritical(current);
        _previous = current;
    }

    private readonly void SetKeys(TrackedEvent current)
    {
        var previous = _previous;
        current.MessageKey = Key(_messages, current.MessageId);

        // Among anonymous ids: a person who is known never merges away, whatever an alias says. Browsers put the present id over an alias's
        // new one, so both are equal there, and nothing is to be joined.
        current.PreviousKey = batch.Text(current.PreviousId).SequenceEqual(batch.Text(current.UserId))
            ? default
            : Key(KeySpace.AnonymousId, current.PreviousId);
        current.AnonymousKey = IsSame(current.AnonymousId, previous?.AnonymousId)
            ? previous!.AnonymousKey
            : Key(KeySpace.AnonymousId, current.AnonymousId);
        current.UserKey = IsSame(current.UserId, previous?.UserId) ? previous!.UserKey : Key(KeySpace.UserId, current.UserId);
        current.SessionKey = IsSame(current.SessionId, previous?.SessionId)
            ? previous!.SessionKey
            : Key(KeySpace.Session, current.SessionId);
        foreach (ref var identifier in current.Identifiers)
        {
            identifier.Key = identifiers.KeyOf(hasher, identifier.Kind, batch.Text(identifier.Value), batch.Text(identifier.More));
        }
    }

    /// <summary>Neighbours in a browser's batch are one shopper's: comparing is ten times cheaper than hashing.</summary>
    private readonly bool IsSame(Utf8Slice current, Utf8Slice? previous) =>
        previous is { } other && other.Length == current.Length && batch.Text(current).SequenceEqual(batch.Text(other));

    private readonly UInt128 Key(KeySpace space, Utf8Slice text) => text.IsEmpty ? default : hasher.Hash(space, batch.Text(text));
}
