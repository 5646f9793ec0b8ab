using Personalization.Tracking.Contracts;

namespace Personalization.Tracking.Domain.Live;

/// <summary>The last events and requests of a source that were refused: why, never what stood in them. Thread-safe.</summary>
internal sealed class LiveRefusals(int capacity)
{
    private readonly Lock _gate = new();
    private readonly LiveRefusal[] _refusals = new LiveRefusal[capacity];
    private long _added;

    public long Added => Volatile.Read(ref _added);

    public void Add(in LiveRefusal refusal)
    {
        lock (_gate)
        {
            _refusals[_added % _refusals.Length] = refusal;
            _added++;
        }
    }

    /// <summary>Those from a number on that are still there, oldest first.</summary>
    public IReadOnlyList<LiveRefusal> From(long number, out long skipped)
    {
        lock (_gate)
        {
            var first = Math.Max(number, _added - _refusals.Length);
            skipped = first - number;
            var found = new LiveRefusal[_added - first];
            for (var at = first; at < _added; at++)
            {
                found[at - first] = _refusals[at % _refusals.Length];
            }

            return found;
        }
    }
}

/// <summary>An event, or a whole request, that was refused.</summary>
/// <param name="ReceivedAtMs">Our clock.</param>
/// <param name="Type">The call; default when it could not be told.</param>
/// <param name="Event">Its name, where events of that name were taken before: any other may be anything.</param>
/// <param name="Index">Place in the request; -1 for the request as a whole.</param>
/// <param name="Reason">For the client's developer, without anything that the client sent.</param>
/// <param name="Location">JSON pointer into the event; empty for the event as a whole.</param>
internal readonly record struct LiveRefusal(long ReceivedAtMs, EventType Type, string? Event, int Index, string Reason, string Location);
