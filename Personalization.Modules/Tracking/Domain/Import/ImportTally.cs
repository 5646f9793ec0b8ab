using System.Runtime.InteropServices;
using System.Text;
using Personalization.Tracking.Contracts;

namespace Personalization.Tracking.Domain.Import;

/// <summary>Counts what stands in an import's lines, within bounds however many there are. One thread.</summary>
internal sealed class ImportTally
{
    private const int MaxNames = 200;
    private const int MaxNameChars = 128;
    private const string Other = "(other)";
    private readonly ImportFindings _findings;
    private readonly Dictionary<string, long>.AlternateLookup<ReadOnlySpan<char>> _events;
    private readonly int _maxErrors;
    private readonly IdentityCounter? _users;
    private readonly IdentityCounter? _visitors;
    private long _firstMs = long.MaxValue;
    private long _lastMs = long.MinValue;

    /// <param name="findings">Of an earlier attempt, or empty. Changed in place.</param>
    /// <param name="maxErrors">Refused lines that are kept.</param>
    /// <param name="countsIdentities">Whether different identifiers are counted.</param>
    public ImportTally(ImportFindings findings, int maxErrors, bool countsIdentities)
    {
        _findings = findings;
        _maxErrors = maxErrors;
        _events = findings.Events.GetAlternateLookup<ReadOnlySpan<char>>();
        _firstMs = findings.FirstTimestamp?.ToUnixTimeMilliseconds() ?? _firstMs;
        _lastMs = findings.LastTimestamp?.ToUnixTimeMilliseconds() ?? _lastMs;
        if (countsIdentities)
        {
            (_users, _visitors) = (new IdentityCounter(), new IdentityCounter());
        }
    }

    public long Accepted { get; private set; }

    public long Refused { get; private set; }

    /// <summary>Adds the events and refusals of a batch that was read.</summary>
    public void Add(EventBatch batch)
    {
        for (var i = 0; i < batch.EventCount; i++)
        {
            Add(batch[i]);
        }

        Add(CollectionsMarshal.AsSpan(batch.Refusals));
    }

    /// <summary>Adds lines that were refused.</summary>
    public void Add(ReadOnlySpan<Refusal> refusals)
    {
        foreach (ref readonly var refusal in refusals)
        {
            Refuse(refusal);
        }
    }

    /// <summary>A copy that nobody changes any more.</summary>
    public ImportFindings Snapshot() => _findings with
    {
        RefusedByReason = new(_findings.RefusedByReason, StringComparer.Ordinal),
        Errors = [.. _findings.Errors],
        Events = new(_findings.Events, StringComparer.Ordinal),
        FirstTimestamp = _firstMs == long.MaxValue ? null : DateTimeOffset.FromUnixTimeMilliseconds(_firstMs),
        LastTimestamp = _lastMs == long.MinValue ? null : DateTimeOffset.FromUnixTimeMilliseconds(_lastMs),
        UserIds = _users?.Estimate(),
        AnonymousIds = _visitors?.Estimate(),
    };

    private void Add(TrackedEvent read)
    {
        Accepted++;
        _firstMs = Math.Min(_firstMs, read.TimestampMs);
        _lastMs = Math.Max(_lastMs, read.TimestampMs);
        _findings.FutureTimestamps += read.OriginalTimestampMs > read.ReceivedAtMs ? 1 : 0;
        _users?.Add(read.UserKey);
        _visitors?.Add(read.AnonymousKey);
        Count(read);
    }

    private void Refuse(in Refusal refusal)
    {
        Refused++;
        var reason = refusal.Reason.ToString();
        _findings.RefusedByReason[reason] = _findings.RefusedByReason.GetValueOrDefault(reason) + 1;
        if (_findings.Errors.Count < _maxErrors)
        {
            _findings.Errors.Add(new ImportError(refusal.Line, reason, refusal.Explain(), refusal.Location));
        }
    }

    private void Count(TrackedEvent read)
    {
        Span<char> room = stackalloc char[MaxNameChars];
        var name = read.Text(read.Name);
        ReadOnlySpan<char> key = Encoding.UTF8.TryGetChars(name, room, out var length) && length > 0 ? room[..length] : read.Type.ToString();
        if (_findings.Events.Count >= MaxNames && !_events.ContainsKey(key))
        {
            key = Other;
        }

        CollectionsMarshal.GetValueRefOrAddDefault(_events, key, out _)++;
    }
}
