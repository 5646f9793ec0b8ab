using Personalization.Identity.Contracts;
using Personalization.Tracking.Contracts;

namespace Personalization.Consent.Domain;

/// <summary>A person's consent at one place of the log after the other, each profile's until it was merged: by what they said, and by nothing else.</summary>
/// <param name="said">Statements with the profile that made them, in the order of the log.</param>
/// <param name="merges">Those that hold, in the order of the log.</param>
internal sealed class PersonThen(IReadOnlyList<(int ProfileId, LedgerEntry Entry)> said, IReadOnlyList<PastMerge> merges)
{
    private readonly Dictionary<int, ConsentState> _states = [];
    private readonly Dictionary<int, int> _into = [];
    private int _nextSaid;
    private int _nextMerge;

    /// <summary>The state that counted for an event, with what the event itself said; null when nothing had been said. Offsets never go back.</summary>
    public ConsentState? At(int homeProfileId, long offset)
    {
        while (true)
        {
            var mergeAt = _nextMerge < merges.Count ? merges[_nextMerge].Offset : long.MaxValue;
            var saidAt = _nextSaid < said.Count ? said[_nextSaid].Entry.Offset : long.MaxValue;
            if (Math.Min(mergeAt, saidAt) > offset)
            {
                break;
            }

            // A merge comes before what its own event says.
            if (mergeAt <= saidAt)
            {
                Merge(merges[_nextMerge++]);
            }
            else
            {
                var (profileId, entry) = said[_nextSaid++];
                _states[profileId] = (_states.GetValueOrDefault(profileId) ?? new ConsentState()).Take(StatementOf(entry));
            }
        }

        var living = homeProfileId;
        while (_into.TryGetValue(living, out var next))
        {
            living = next;
        }

        return _states.GetValueOrDefault(living);
    }

    private void Merge(PastMerge merge)
    {
        _into[merge.From] = merge.Into;
        if (_states.Remove(merge.From, out var from))
        {
            _states[merge.Into] = _states.GetValueOrDefault(merge.Into)?.Merge(from) ?? from;
        }
    }

    private static Statement StatementOf(LedgerEntry entry) => new()
    {
        Signal = new ConsentSignal((byte)entry.Stated, (byte)entry.Granted),
        Form = entry.Form,
        TimestampMs = entry.TimestampMs,
        ExpiresAtMs = entry.ExpiresAtMs,
        HasGpc = entry.HasGpc,
        NonProfiling = entry.NonProfiling,
    };
}
