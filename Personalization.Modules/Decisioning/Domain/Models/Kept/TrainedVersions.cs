using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Personalization.Decisioning.Domain.Life;

namespace Personalization.Decisioning.Domain.Models.Kept;

/// <summary>A version of a trained model with what is known of it.</summary>
/// <param name="Id">On disk; 0 when it is not there.</param>
/// <param name="Model">That answers.</param>
/// <param name="Members">Whom it learnt from; those who were erased since are taken out.</param>
/// <param name="MadeAtMs">Unix ms.</param>
/// <param name="Check">Of its gates.</param>
/// <param name="Note">Why it has its place; null when the gates say so.</param>
/// <param name="OfErasedPeople">People it learnt from who were erased since: it answers until the training that this makes due is over, and is kept nowhere.</param>
internal sealed record TrainedVersion(long Id, IModel Model, ProfileSet Members, long MadeAtMs, TrainedCheck Check, string? Note, int OfErasedPeople);

/// <summary>Where one trained model stands.</summary>
/// <param name="Live">That answers; null when none does.</param>
/// <param name="IsHeld">Somebody rolled back: what is trained does not answer until somebody promotes it.</param>
/// <param name="Before">That answered before, the last one last.</param>
/// <param name="Candidate">That may not answer, or only a share of decisions.</param>
/// <param name="Canary">By what it is tried on that share; null when it is not.</param>
internal sealed record TrainedState(TrainedVersion? Live, bool IsHeld, IReadOnlyList<TrainedVersion> Before, TrainedVersion? Candidate, CanaryRun? Canary = null)
{
    public static TrainedState None { get; } = new(null, false, [], null);

    public IEnumerable<TrainedVersion> All => [.. Before, .. ((TrainedVersion?[])[Live, Candidate]).OfType<TrainedVersion>()];
}

/// <summary>
/// Versions of the models that are trained here: which one answers, which did before, and which may not because a gate is closed. On disk first, so a restart
/// goes on with them; what cannot be read there, is of another log or of another version of the code is refused and trained anew. Thread-safe.
/// </summary>
internal sealed partial class TrainedVersions(
    TrainedModels serving, ITrainedModelStore store, ErasedProfiles erased, byte[] logKey, TrainedLife life, TimeProvider time, ILogger<TrainedVersions> logger)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, TrainedState> _states = new(StringComparer.Ordinal);
    private bool _isLoaded;

    public TrainedState Of(string name)
    {
        lock (_lock)
        {
            return _states.GetValueOrDefault(name, TrainedState.None);
        }
    }

    /// <summary>Names of models that have a version, in order.</summary>
    public IReadOnlyList<string> Names
    {
        get
        {
            lock (_lock)
            {
                return [.. _states.Where(state => state.Value.All.Any()).Select(state => state.Key).Order(StringComparer.Ordinal)];
            }
        }
    }

    /// <summary>Serves what was kept. Once; later calls do nothing.</summary>
    /// <param name="logOffset">How far the log has been applied: a version that knows more is of a log that is gone.</param>
    public void Load(long logOffset)
    {
        lock (_lock)
        {
            if (_isLoaded)
            {
                return;
            }

            _states.Clear();
            var refused = new List<long>();
            foreach (var stored in store.All())
            {
                try
                {
                    Place(stored.Role, new TrainedVersion(
                        stored.Id, Read(stored, logOffset), ProfileSet.FromBytes(stored.Members), stored.MadeAtMs, stored.Check ?? throw new InvalidDataException("What its gates said cannot be read."), stored.Note, 0));
                }
                catch (InvalidDataException error)
                {
                    refused.Add(stored.Id);
                    LogRefused(stored.Name, stored.Version, error.Message);
                }
            }

            store.Change(null, [], refused);
            LoadCanaries();
            _isLoaded = true;
        }
    }

    /// <summary>A version was trained: it answers when its gates are open and nobody holds another one.</summary>
    /// <returns>Whether it answers.</returns>
    public bool Offer(IModel model, ProfileSet members, TrainedCheck check)
    {
        lock (_lock)
        {
            // Whoever was erased after the gates were asked was not found in this version, for it was not here yet.
            if (members.All().Any(erased.Contains))
            {
                MakeDue();
                return false;
            }

            var state = _states.GetValueOrDefault(model.Name, TrainedState.None);
            if (state.Canary is { } running)
            {
                // Both sides would change under the comparison. What was learnt is in the next training.
                LogRests(model.Name, model.Version, running.Version);
                return false;
            }

            var isTried = check.HasPassed && life.Canary is not null && state is { IsHeld: false, Live.OfErasedPeople: 0 };
            var serves = check.HasPassed && !state.IsHeld && !isTried;
            var note = serves ? null : state.IsHeld ? "Somebody rolled back: it waits to be promoted." : isTried ? "It is tried first, as configured." : $"Closed: {Gates.Closed(check.Gates)}";
            var made = new TrainedVersion(0, model, members, time.GetUtcNow().ToUnixTimeMilliseconds(), check, note, 0);
            if (serves)
            {
                Serve(state, made);
            }
            else
            {
                serving.Of(model.Name).SetShadow(null); // It was the version's that waited before.
                Keep(model.Name, state, made, TrainedRole.Candidate, state with { Candidate = made }, dropped: [state.Candidate]);
                if (isTried)
                {
                    Begin(model.Name, life.Canary!, "training");
                }
                else
                {
                    LogClosed(model.Name, model.Version, note!);
                }
            }

            return serves;
        }
    }

    /// <summary>There is too little to learn now: nothing answers, and nothing is kept.</summary>
    public void Drop(string name)
    {
        lock (_lock)
        {
            if (_states.Remove(name, out var state))
            {
                EndTrials(name, state);
                store.Change(null, [], IdsOf(state.All));
                serving.Of(name).Serve(null);
            }
        }
    }

    /// <summary>Lets the version that may not answer answer, or what is trained from now on where somebody rolled back.</summary>
    /// <param name="name">Of the model.</param>
    /// <param name="despite">Why, although a gate is closed; null to insist on the gates.</param>
    /// <returns>Null when it does; otherwise why not.</returns>
    public string? Promote(string name, string? despite)
    {
        lock (_lock)
        {
            var state = _states.GetValueOrDefault(name, TrainedState.None);
            switch (state)
            {
                case { Candidate: null, IsHeld: true, Live: { } live }:
                    store.Change(null, [(live.Id, TrainedRole.Live, null)], []);
                    _states[name] = state with { IsHeld = false, Live = live with { Note = null } };
                    return null;
                case { Candidate: null }:
                    return "No version waits to be promoted.";
                case { Candidate: { OfErasedPeople: > 0 } }:
                    return "It learnt from somebody who was erased since. The next training makes another.";
                case { Candidate.Check: { HasPassed: false } check } when despite is null:
                    return $"Closed: {Gates.Closed(check.Gates)}. Say why it may serve all the same.";
                default:
                    Serve(state, state.Candidate! with { Note = despite });
                    return null;
            }
        }
    }

    /// <summary>What answered before answers again, and stays until somebody promotes another.</summary>
    /// <returns>Null when it does; otherwise why not.</returns>
    public string? Rollback(string name, string? reason)
    {
        lock (_lock)
        {
            var state = _states.GetValueOrDefault(name, TrainedState.None);
            if (state is not { Before: [.., var back], Live: { } live })
            {
                return "No version that answered before is kept.";
            }

            EndTrials(name, state);
            var note = reason ?? $"Rolled back from version {live.Model.Version}.";
            var gone = live with { Note = "Rolled back." };
            store.Change(null, [(back.Id, TrainedRole.Held, note), (gone.Id, TrainedRole.Candidate, gone.Note)], IdsOf([state.Candidate]));
            _states[name] = new TrainedState(back with { Note = note }, true, [.. state.Before.SkipLast(1)], gone);
            serving.Of(name).Serve(back.Model);
            return null;
        }
    }

    private void Serve(TrainedState state, TrainedVersion made)
    {
        var name = made.Model.Name;
        EndTrials(name, state);
        state = state with { Canary = null };
        if (state.Live is { Id: not 0 } live && made is { Id: 0, Members.Count: 0 } && live.Model.Lineage.Fingerprint == made.Model.Lineage.Fingerprint)
        {
            // Nothing has changed but how far it knows the log: what is on disk answers the same.
            _states[name] = state with { Live = live with { Model = made.Model, Check = made.Check } };
            serving.Of(name).Serve(made.Model);
            return;
        }

        // The same numbers once more, or one that must not come back, are nothing to go back to.
        var isKept = state.Live is { OfErasedPeople: 0 } && state.Live.Model.Lineage.Fingerprint != made.Model.Lineage.Fingerprint;
        TrainedVersion[] all = isKept ? [.. state.Before, state.Live!] : [.. state.Before];
        var before = all.TakeLast(life.KeptBefore).ToList();
        var dropped = all.SkipLast(life.KeptBefore).Append(isKept ? null : state.Live).Append(ReferenceEquals(state.Candidate?.Model, made.Model) ? null : state.Candidate);
        var now = new TrainedState(made, IsHeld: false, before, null);
        Keep(name, state, made, TrainedRole.Live, now, dropped);
        serving.Of(name).Serve(made.Model);
    }

    /// <summary>Writes a version where it is not on disk yet, and gives all others their places.</summary>
    private void Keep(string name, TrainedState was, TrainedVersion made, TrainedRole role, TrainedState now, IEnumerable<TrainedVersion?> dropped)
    {
        var roles = now.Before.Where(version => was.Live?.Id == version.Id && version.Id != 0).Select(version => (version.Id, TrainedRole.Before, version.Note)).ToList();
        var id = made.Id;
        if (id == 0)
        {
            var body = TrainedModelCodec.Write(made.Model);
            id = store.Change(
                new StoredTrainedModel(
                    0, name, made.Model.Version, made.MadeAtMs, role, TrainedModelCodec.Format, logKey, made.Check, made.Note, made.Members.ToBytes(), SHA256.HashData(body), body),
                roles,
                IdsOf(dropped));
        }
        else
        {
            store.Change(null, [.. roles, (id, role, made.Note)], IdsOf(dropped));
        }

        var kept = made with { Id = id };
        _states[name] = role == TrainedRole.Candidate ? now with { Candidate = kept } : now with { Live = kept };
    }

    private void Place(TrainedRole role, TrainedVersion version)
    {
        var name = version.Model.Name;
        var state = _states.GetValueOrDefault(name, TrainedState.None);
        _states[name] = role switch
        {
            TrainedRole.Before => state with { Before = [.. state.Before, version] },
            TrainedRole.Candidate => state with { Candidate = version },
            _ => state with { Live = version, IsHeld = role == TrainedRole.Held },
        };
        if (role is TrainedRole.Live or TrainedRole.Held)
        {
            serving.Of(name).Serve(version.Model);
            LogLoaded(name, version.Model.Version);
        }
    }

    /// <exception cref="InvalidDataException">It cannot be served.</exception>
    private IModel Read(StoredTrainedModel stored, long logOffset)
    {
        if (stored.Format != TrainedModelCodec.Format)
        {
            throw new InvalidDataException($"It is of form {stored.Format}, and this program reads {TrainedModelCodec.Format}.");
        }

        if (!stored.LogKey.AsSpan().SequenceEqual(logKey))
        {
            throw new InvalidDataException("It is of another log.");
        }

        if (stored.Version > logOffset)
        {
            throw new InvalidDataException($"It knows the log up to {stored.Version}, and the log ends at {logOffset}.");
        }

        return SHA256.HashData(stored.Body).AsSpan().SequenceEqual(stored.Checksum)
            ? TrainedModelCodec.Read(stored.Name, stored.Body)
            : throw new InvalidDataException("It is damaged: its checksum is another.");
    }

    private static List<long> IdsOf(IEnumerable<TrainedVersion?> versions) => [.. versions.OfType<TrainedVersion>().Select(version => version.Id).Where(id => id != 0)];

    [LoggerMessage(EventId = 5382, Level = LogLevel.Information, Message = "Model {Model} answers as it was trained up to offset {Version}, from disk")]
    private partial void LogLoaded(string model, long version);

    [LoggerMessage(EventId = 5383, Level = LogLevel.Warning, Message = "Model {Model} as it was kept, trained up to offset {Version}, is refused and will be trained anew: {Reason}")]
    private partial void LogRefused(string model, long version, string reason);

    [LoggerMessage(EventId = 5384, Level = LogLevel.Warning, Message = "Model {Model} was trained up to offset {Version} and does not answer: {Reason}")]
    private partial void LogClosed(string model, long version, string reason);
}
