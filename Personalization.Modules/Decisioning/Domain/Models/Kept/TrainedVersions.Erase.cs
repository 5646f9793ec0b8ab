using System.Text.Json;
using System.Threading.Channels;
using Personalization.Kernel.Privacy;

namespace Personalization.Decisioning.Domain.Models.Kept;

/// <summary>
/// An erasure drops every kept version that learnt from the person. The one that answers does so until the training that this makes due is over, for it holds
/// sums over several buyers at least; that it learnt from the person is known no more, and it is not on disk.
/// </summary>
internal sealed partial class TrainedVersions : IPersonalDataStore
{
    /// <summary>One is as good as many, so what finds it full is not lost.</summary>
    private readonly Channel<bool> _due = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    public string Name => "decisioning/trained-models";

    /// <summary>Whether a version answers that learnt from somebody who was erased since.</summary>
    public bool HoldsErasedPeople
    {
        get
        {
            lock (_lock)
            {
                return _states.Values.Any(state => state.Live is { OfErasedPeople: > 0 });
            }
        }
    }

    /// <summary>Completes when somebody was erased whom a version that answers learnt from, or when the time is over.</summary>
    public async Task WaitForErasureAsync(TimeSpan most, CancellationToken cancellationToken)
    {
        using var over = new CancellationTokenSource(most, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(over.Token, cancellationToken);
        try
        {
            await _due.Reader.ReadAsync(either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // The time is over.
        }
    }

    /// <summary>What learnt from people who were erased answers no longer, since no training took its place.</summary>
    public void DropOfErasedPeople()
    {
        lock (_lock)
        {
            foreach (var (name, state) in _states.Where(pair => pair.Value.Live is { OfErasedPeople: > 0 }).ToList())
            {
                EndTrials(name, state);
                _states[name] = state with { Live = null, Canary = null };
                serving.Of(name).Serve(null);
            }
        }
    }

    public ValueTask<long> EraseAsync(ErasureSubject subject, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            var dropped = 0L;
            foreach (var (name, state) in _states.ToList())
            {
                var concerned = state.All.Where(version => subject.ProfileIds.Any(version.Members.Contains)).ToList();
                if (concerned.Count == 0)
                {
                    continue;
                }

                // What is tried is compared with what is live: without either there is nothing to compare.
                EndTrials(name, state);
                store.Change(null, [], IdsOf(concerned));
                dropped += concerned.Count;
                _states[name] = state with
                {
                    Canary = null,
                    Before = [.. state.Before.Except(concerned)],
                    Candidate = concerned.Contains(state.Candidate!) ? null : state.Candidate,
                    Live = concerned.Contains(state.Live!) ? Without(state.Live!, subject) : state.Live,
                };
            }

            // Before it was loaded nothing of it is known but what is on disk.
            dropped += _isLoaded ? 0 : EraseUnloaded(subject);
            if (dropped > 0)
            {
                MakeDue();
            }

            return new(dropped);
        }
    }

    public ValueTask<long> CountAsync(ErasureSubject subject, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return new(
                _states.Values.SelectMany(state => state.All).LongCount(version => subject.ProfileIds.Any(version.Members.Contains))
                + (_isLoaded ? 0 : ConcernedOnDisk(subject).Count));
        }
    }

    public ValueTask ExportAsync(ErasureSubject subject, Utf8JsonWriter json, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            json.WriteStartArray();
            foreach (var version in _states.Values.SelectMany(state => state.All).Where(version => subject.ProfileIds.Any(version.Members.Contains)))
            {
                json.WriteStartObject();
                json.WriteString("model", version.Model.Name);
                json.WriteNumber("version", version.Model.Version);
                json.WriteString("trainedAt", DateTimeOffset.FromUnixTimeMilliseconds(version.MadeAtMs));
                json.WriteEndObject();
            }

            json.WriteEndArray();
            return default;
        }
    }

    private void MakeDue() => _due.Writer.TryWrite(true);

    private static TrainedVersion Without(TrainedVersion live, ErasureSubject subject) =>
        live with { Id = 0, OfErasedPeople = live.OfErasedPeople + subject.ProfileIds.Count(live.Members.Remove) };

    private long EraseUnloaded(ErasureSubject subject)
    {
        var concerned = ConcernedOnDisk(subject);
        store.Change(null, [], concerned);
        return concerned.Count;
    }

    private List<long> ConcernedOnDisk(ErasureSubject subject) =>
        [.. store.All().Where(stored => subject.ProfileIds.Any(ProfileSet.FromBytes(stored.Members).Contains)).Select(stored => stored.Id)];
}
