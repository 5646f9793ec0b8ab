using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using Personalization.Kernel.Checkpoints;
using Personalization.Tracking.Contracts;

namespace Personalization.Tests.Tracking.DeadLetters;

/// <summary>What is to go wrong, and how often. Outlives the applications of a test, as a bug outlives restarts.</summary>
internal class Faults
{
    private readonly ConcurrentDictionary<string, int> _left = new(StringComparer.Ordinal);

    /// <summary>The place throws on the message id so many times.</summary>
    public void Plan(string place, string messageId, int times = 1) => _left[$"{place}:{messageId}"] = times;

    public void Mend() => _left.Clear();

    public virtual void Meet(string place, string messageId)
    {
        var key = $"{place}:{messageId}";
        if (_left.TryGetValue(key, out var left) && left > 0)
        {
            _left[key] = left - 1;
            throw new InvalidOperationException($"A bug in {place} on {messageId}.");
        }
    }
}

/// <summary>
/// A stage that counts each message id and each merge that it has seen, as state that is checkpointed like any other, and fails as
/// planned before it has counted.
/// </summary>
internal abstract class CountingStage(Faults faults) : IEventStage, ICheckpointed
{
    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, int> _seen = new(StringComparer.Ordinal);

    public string FileName => "test" + GetType().Name.ToLowerInvariant();

    public int Version => 1;

    private string Place => GetType().Name;

    /// <summary>Message ids, and "merge" for merges, with how often each was seen.</summary>
    public Dictionary<string, int> Seen
    {
        get
        {
            lock (_lock)
            {
                return new(_seen, StringComparer.Ordinal);
            }
        }
    }

    public void Apply(TrackedEvent trackedEvent)
    {
        var id = Encoding.UTF8.GetString(trackedEvent.Text(trackedEvent.MessageId));
        faults.Meet(Place, id);
        Count(id);
    }

    public void Merge(int fromProfileId, int intoProfileId)
    {
        faults.Meet(Place, "merge");
        Count($"merge {fromProfileId}->{intoProfileId}");
    }

    public void Forget(int profileId) => throw new NotSupportedException("No test of this stage makes a profile anew.");

    public void Load(CheckpointReader reader) => reader.Visit(1, (_, value) =>
    {
        foreach (var (id, count) in JsonSerializer.Deserialize<Dictionary<string, int>>(value)!)
        {
            _seen[id] = count;
        }
    });

    public void Collect(CheckpointWriter writer) => writer.Put(1, 0, JsonSerializer.SerializeToUtf8Bytes(_seen));

    private void Count(string id)
    {
        lock (_lock)
        {
            _seen[id] = _seen.GetValueOrDefault(id) + 1;
        }
    }
}

/// <summary>Stands among the product's own.</summary>
internal sealed class InmostStage(Faults faults) : CountingStage(faults);

internal sealed class EarlyStage(Faults faults) : CountingStage(faults);

internal sealed class MiddleStage(Faults faults) : CountingStage(faults);

internal sealed class LateStage(Faults faults) : CountingStage(faults);

/// <summary>A step behind the product's own that fails as planned, and leaves out whom it must not know.</summary>
internal sealed class LateStep(Faults faults) : ISequencerStep
{
    public void Resolve(TrackedEvent trackedEvent)
    {
        faults.Meet(nameof(LateStep), Encoding.UTF8.GetString(trackedEvent.Text(trackedEvent.MessageId)));
        if (trackedEvent.Text(trackedEvent.AnonymousId).SequenceEqual("suppressed"u8))
        {
            trackedEvent.Drop = DropReason.Suppressed;
        }
    }
}
