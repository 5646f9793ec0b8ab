using System.Buffers.Binary;
using System.Text.Json;
using Microsoft.Extensions.Options;
using Personalization.Consent.Contracts;
using Personalization.Kernel.Checkpoints;
using Personalization.Kernel.Collections;
using Personalization.Kernel.Privacy;
using Personalization.Tracking.Contracts;

namespace Personalization.Consent.Domain;

/// <summary>
/// Every profile's present consent in eight bytes: when it was stated, what was stated, what of that was granted. One word,
/// so a reader can never see half a change.
/// </summary>
internal sealed class ConsentStore(IOptions<ConsentOptions> options) : IConsent, ICheckpointed, IPersonalDataStore
{
    private const byte StateTable = 1;
    private readonly byte _defaultGranted = (byte)options.Value.DefaultPurposes;
    private readonly ChunkedArray<long> _states = new();
    private readonly Lock _lock = new();
    private readonly ChunkedArray<bool> _isDirty = new();
    private readonly List<int> _dirty = [];

    public string FileName => "consent";

    public int Version => 1;

    public string Name => "consent/state";

    public ConsentVerdict May(int profileId, Purposes purpose)
    {
        var state = Read(profileId);
        if ((state.Stated & (byte)purpose) == 0)
        {
            return new ConsentVerdict((_defaultGranted & (byte)purpose) != 0, ConsentReason.Default);
        }

        return (state.Granted & (byte)purpose) != 0
            ? new ConsentVerdict(true, ConsentReason.Granted)
            : new ConsentVerdict(false, ConsentReason.Denied);
    }

    /// <summary>
    /// Takes a statement in. One that is older than what is known may still deny, and speak of purposes that nobody has
    /// spoken of; it never undoes a withdrawal. An imported one tells what was said then: what has been said since stands, whichever
    /// way. Only the loop that owns the profile calls this.
    /// </summary>
    public void Record(int profileId, ConsentSignal signal, long timestampMs, bool isHistorical = false)
    {
        var state = Read(profileId);
        if (timestampMs >= state.TimestampMs)
        {
            Write(profileId, state.With(signal, timestampMs));
            return;
        }

        var unheard = (byte)(signal.Stated & ~state.Stated);
        var taken = isHistorical ? unheard : (byte)(unheard | (signal.Stated & ~signal.Granted));
        if (taken != 0)
        {
            Write(profileId, state.With(new ConsentSignal(taken, (byte)(signal.Granted & unheard)), state.TimestampMs));
        }
    }

    /// <summary>The person's newest statement counts; what only the other profile stated is kept.</summary>
    public void Merge(int fromProfileId, int intoProfileId)
    {
        var from = Read(fromProfileId);
        var into = Read(intoProfileId);
        if (from.Stated == 0)
        {
            return;
        }

        var (older, newer) = from.TimestampMs > into.TimestampMs ? (into, from) : (from, into);
        Write(intoProfileId, older.With(new ConsentSignal(newer.Stated, newer.Granted), newer.TimestampMs));
        Write(fromProfileId, default);
    }

    public void Forget(int profileId) => Write(profileId, default);

    public void Load(CheckpointReader reader) => reader.Visit(
        StateTable, (profile, value) => _states.Ensure((int)profile) = BinaryPrimitives.ReadInt64LittleEndian(value));

    public void Collect(CheckpointWriter writer)
    {
        foreach (var profile in _dirty)
        {
            _isDirty[profile] = false;
            if (_states[profile] == 0)
            {
                writer.Delete(StateTable, profile);
            }
            else
            {
                BinaryPrimitives.WriteInt64LittleEndian(writer.Reserve(StateTable, profile, sizeof(long)), _states[profile]);
            }
        }

        _dirty.Clear();
    }

    public ValueTask<long> EraseAsync(ErasureSubject subject, CancellationToken cancellationToken)
    {
        long erased = 0;
        foreach (var profile in subject.ProfileIds)
        {
            if (Read(profile).Stated != 0)
            {
                Write(profile, default);
                erased++;
            }
        }

        return ValueTask.FromResult(erased);
    }

    public ValueTask<long> CountAsync(ErasureSubject subject, CancellationToken cancellationToken) =>
        ValueTask.FromResult(subject.ProfileIds.LongCount(profile => Read(profile).Stated != 0));

    public ValueTask ExportAsync(ErasureSubject subject, Utf8JsonWriter json, CancellationToken cancellationToken)
    {
        json.WriteStartArray();
        foreach (var state in subject.ProfileIds.Order().Select(Read).Where(state => state.Stated != 0))
        {
            json.WriteStartObject();
            json.WriteNumber("statedAtMs", state.TimestampMs);
            json.WriteString("granted", ((Purposes)(state.Stated & state.Granted)).ToString());
            json.WriteString("refused", ((Purposes)(state.Stated & ~state.Granted)).ToString());
            json.WriteEndObject();
        }

        json.WriteEndArray();
        return default;
    }

    private State Read(int profileId) =>
        profileId >= 0 && profileId < _states.Capacity ? new State(Volatile.Read(ref _states[profileId])) : default;

    private void Write(int profileId, State state)
    {
        if (profileId < _isDirty.Capacity && _isDirty[profileId])
        {
            Volatile.Write(ref _states[profileId], state.Word);
            return;
        }

        // Partitions share the table's growth and the list of changes; a profile gets here once between two checkpoints.
        lock (_lock)
        {
            Volatile.Write(ref _states.Ensure(profileId), state.Word);
            _isDirty.Ensure(profileId) = true;
            _dirty.Add(profileId);
        }
    }

    /// <summary>48 bits of event time in ms, 8 of stated and 8 of granted purposes.</summary>
    private readonly record struct State(long Word)
    {
        public long TimestampMs => Word >>> 16;

        public byte Stated => (byte)(Word >> 8);

        public byte Granted => (byte)Word;

        public State With(ConsentSignal signal, long timestampMs) => new(
            (timestampMs << 16)
            | (long)(byte)(Stated | signal.Stated) << 8
            | (byte)((Granted & ~signal.Stated) | (signal.Granted & signal.Stated)));
    }
}
