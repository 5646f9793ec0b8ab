using System.Collections.Concurrent;
using System.Text.Json;
using Personalization.Consent.Contracts;
using Personalization.Kernel.Checkpoints;
using Personalization.Kernel.Collections;
using Personalization.Kernel.Privacy;

namespace Personalization.Consent.Domain;

/// <summary>
/// Every profile's present consent: eight bytes for one who has said nothing, a <see cref="ConsentState"/> more for one who has. A question
/// reads one reference, so a reader can never see half a change; it takes nanoseconds and no lock.
/// </summary>
internal sealed class ConsentStore(JurisdictionDirectory jurisdictions, TimeProvider time) : IConsent, ICheckpointed, IPersonalDataStore
{
    private const byte StateTable = 1;
    private readonly ChunkedArray<ConsentState?> _states = new();
    private readonly Lock _lock = new();
    private readonly ChunkedArray<bool> _isDirty = new();
    private readonly List<int> _dirty = [];

    /// <summary>States of profiles that are being made anew, which readers must not see half made; null at other times.</summary>
    private volatile ConcurrentDictionary<int, ConsentState?>? _anew;

    public string FileName => "consent";

    public int Version => 2;

    public string Name => "consent/state";

    public ConsentVerdict May(int profileId, Purposes purpose)
    {
        var state = Find(profileId);
        return state is null
            ? jurisdictions.Default.May(purpose)
            : state.May(purpose, state.ExpiresAtMs is null ? 0 : time.GetUtcNow().ToUnixTimeMilliseconds(), jurisdictions.Default);
    }

    /// <summary>The same at the time of an event: what the stages ask, so that a replay decides alike.</summary>
    public ConsentVerdict May(int profileId, Purposes purpose, long atMs)
    {
        var state = Own(profileId);
        return state is null ? jurisdictions.Default.May(purpose) : state.May(purpose, atMs, jurisdictions.Default);
    }

    public ConsentVerdict May(int profileId, Purposes purpose, long atMs, out long endsAtMs)
    {
        var state = Own(profileId);
        var verdict = state is null ? jurisdictions.Default.May(purpose) : state.May(purpose, atMs, jurisdictions.Default);
        endsAtMs = verdict.IsAllowed && state?.ExpiresAtMs is { } ends && ends[PurposeBits.IndexOf(purpose)] is var end && end > atMs ? end : long.MaxValue;
        return verdict;
    }

    /// <summary>Null for a profile that has said nothing, and for none.</summary>
    public ConsentState? Find(int profileId) =>
        profileId >= 0 && profileId < _states.Capacity ? Volatile.Read(ref _states[profileId]) : null;

    /// <summary>The same as the loop that owns the profile sees it, also while it is being made anew.</summary>
    public ConsentState? Own(int profileId) => _anew is { } anew && anew.TryGetValue(profileId, out var state) ? state : Find(profileId);

    /// <summary>Takes a statement in. Only the loop that owns the profile calls this.</summary>
    /// <returns>Whether it changed what is allowed.</returns>
    public bool Record(int profileId, in Statement said)
    {
        var before = Own(profileId);
        var effect = before?.Effect(said.TimestampMs) ?? 0;
        var after = (before ?? new ConsentState()).Take(said);
        Write(profileId, after);
        return after.Effect(said.TimestampMs) != effect;
    }

    public void Merge(int fromProfileId, int intoProfileId)
    {
        if (Own(fromProfileId) is { } from)
        {
            Write(intoProfileId, Own(intoProfileId)?.Merge(from) ?? from);
            Write(fromProfileId, null);
        }
    }

    public void Forget(int profileId)
    {
        if (Find(profileId) is not null)
        {
            Write(profileId, null);
        }
    }

    /// <summary>
    /// Forgets these profiles for the loops that make them anew. Readers see nothing but refusals until that is done, whatever is granted by
    /// default: a moment without personalisation, but none in which a withdrawal does not count. Whether they are recorded stays as it is.
    /// </summary>
    public void BeginRebuild(IReadOnlySet<int> profileIds)
    {
        var anew = new ConcurrentDictionary<int, ConsentState?>();
        foreach (var profileId in profileIds)
        {
            Write(profileId, ConsentState.Held(Find(profileId)));
            anew[profileId] = null;
        }

        _anew = anew;
    }

    public void EndRebuild()
    {
        var anew = _anew;
        _anew = null;
        foreach (var (profileId, state) in anew ?? [])
        {
            Write(profileId, state);
        }
    }

    public void Load(CheckpointReader reader) =>
        reader.Visit(StateTable, (profile, row) => _states.Ensure((int)profile) = ConsentStateCodec.Read(row, jurisdictions));

    public void Collect(CheckpointWriter writer)
    {
        foreach (var profile in _dirty)
        {
            _isDirty[profile] = false;
            if (_states[profile] is { } state)
            {
                ConsentStateCodec.Write(writer, StateTable, profile, state);
            }
            else
            {
                writer.Delete(StateTable, profile);
            }
        }

        _dirty.Clear();
    }

    public ValueTask<long> EraseAsync(ErasureSubject subject, CancellationToken cancellationToken)
    {
        var known = subject.ProfileIds.Where(profile => Find(profile) is not null).ToList();
        known.ForEach(Forget);
        return ValueTask.FromResult((long)known.Count);
    }

    public ValueTask<long> CountAsync(ErasureSubject subject, CancellationToken cancellationToken) =>
        ValueTask.FromResult(subject.ProfileIds.LongCount(profile => Find(profile) is not null));

    public ValueTask ExportAsync(ErasureSubject subject, Utf8JsonWriter json, CancellationToken cancellationToken)
    {
        json.WriteStartArray();
        foreach (var state in subject.ProfileIds.Order().Select(Find).OfType<ConsentState>())
        {
            json.WriteStartObject();
            json.WriteNumber("statedAtMs", state.TimestampMs);
            json.WriteString("granted", ((Purposes)(state.Stated & state.Granted)).ToString());
            json.WriteString("refused", ((Purposes)(state.Stated & ~state.Granted)).ToString());
            json.WriteBoolean("globalPrivacyControl", state.HasGpc);
            json.WriteBoolean("nonProfiling", state.IsNonProfiling);
            json.WriteString("jurisdiction", state.Jurisdiction?.Name ?? "");
            json.WriteEndObject();
        }

        json.WriteEndArray();
        return default;
    }

    private void Write(int profileId, ConsentState? state)
    {
        if (_anew is { } anew && anew.ContainsKey(profileId))
        {
            anew[profileId] = state;
            return;
        }

        if (profileId < _isDirty.Capacity && _isDirty[profileId])
        {
            Volatile.Write(ref _states[profileId], state);
            return;
        }

        // Partitions share the table's growth and the list of changes; a profile gets here once between two checkpoints.
        lock (_lock)
        {
            Volatile.Write(ref _states.Ensure(profileId), state);
            _isDirty.Ensure(profileId) = true;
            _dirty.Add(profileId);
        }
    }
}
