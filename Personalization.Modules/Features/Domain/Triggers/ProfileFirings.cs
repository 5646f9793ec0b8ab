using System.Buffers.Binary;
using System.Text.Json;
using Personalization.Kernel.Checkpoints;
using Personalization.Kernel.Collections;
using Personalization.Kernel.Privacy;

namespace Personalization.Features.Domain.Triggers;

/// <summary>That a trigger fired for a profile.</summary>
/// <param name="Trigger">Key of the trigger (<see cref="CompiledTrigger.KeyOf"/>); <see cref="Nothing"/> for a mark.</param>
/// <param name="Anchor">What it hung on.</param>
/// <param name="DueMs">When it was due, Unix ms.</param>
internal readonly record struct Firing(ulong Trigger, long Anchor, long DueMs)
{
    /// <summary>No trigger: what was due up to that time is not to be fired, because the profile was made anew.</summary>
    public const ulong Nothing = 0;

    public const int Bytes = 24;
}

/// <summary>
/// What fired for each profile lately, so that nothing fires twice and cooldowns and limits hold, over restarts, merges and unmerges. A profile for
/// which nothing fired costs nothing. Written by the profile's loop, or at rest.
/// </summary>
internal sealed class ProfileFirings : ICheckpointed, IPersonalDataStore
{
    /// <summary>Firings of one trigger that are remembered for a profile; as many are the most that it may fire in the time it must remember.</summary>
    public const int MaxOfTrigger = 50;

    /// <summary>Of all triggers: beyond that the profile is a machine, and nothing more fires for it until the oldest is forgotten.</summary>
    public const int MaxOfProfile = 200;

    private const byte Table = 90;
    private readonly ChunkedArray<Firing[]?> _firings = new();
    private readonly Lock _lock = new();
    private readonly HashSet<int> _dirty = [];

    public string FileName => "features";

    public int Version => 1;

    public string Name => "features/triggers";

    public ReadOnlySpan<Firing> Of(int profileId) =>
        (uint)profileId < (uint)_firings.Capacity ? Volatile.Read(ref _firings[profileId]) : null;

    /// <summary>Puts these in place of what is there; none removes the profile.</summary>
    public void Set(int profileId, ReadOnlySpan<Firing> firings)
    {
        if (firings.IsEmpty && Of(profileId).IsEmpty)
        {
            return;
        }

        lock (_lock)
        {
            Volatile.Write(ref _firings.Ensure(profileId), firings.IsEmpty ? null : firings.ToArray());
            _dirty.Add(profileId);
        }
    }

    /// <summary>Takes over what fired for another profile, which then has nothing.</summary>
    public void Merge(int fromProfileId, int intoProfileId)
    {
        if (fromProfileId != intoProfileId && !Of(fromProfileId).IsEmpty)
        {
            Set(intoProfileId, Union(Of(intoProfileId), Of(fromProfileId)));
            Set(fromProfileId, []);
        }
    }

    public void Load(CheckpointReader reader) => reader.Visit(Table, (profile, row) =>
    {
        var firings = new Firing[row.Length / Firing.Bytes];
        for (var i = 0; i < firings.Length; i++)
        {
            var at = row[(i * Firing.Bytes)..];
            firings[i] = new Firing(
                BinaryPrimitives.ReadUInt64LittleEndian(at), BinaryPrimitives.ReadInt64LittleEndian(at[8..]), BinaryPrimitives.ReadInt64LittleEndian(at[16..]));
        }

        _firings.Ensure((int)profile) = firings;
    });

    public void Collect(CheckpointWriter writer)
    {
        foreach (var profile in _dirty)
        {
            var firings = Of(profile);
            if (firings.IsEmpty)
            {
                writer.Delete(Table, profile);
                continue;
            }

            var row = writer.Reserve(Table, profile, firings.Length * Firing.Bytes);
            foreach (var firing in firings)
            {
                BinaryPrimitives.WriteUInt64LittleEndian(row, firing.Trigger);
                BinaryPrimitives.WriteInt64LittleEndian(row[8..], firing.Anchor);
                BinaryPrimitives.WriteInt64LittleEndian(row[16..], firing.DueMs);
                row = row[Firing.Bytes..];
            }
        }

        _dirty.Clear();
    }

    public ValueTask<long> EraseAsync(ErasureSubject subject, CancellationToken cancellationToken)
    {
        long erased = 0;
        foreach (var profile in subject.ProfileIds)
        {
            erased += Of(profile).Length;
            Set(profile, []);
        }

        return ValueTask.FromResult(erased);
    }

    public ValueTask<long> CountAsync(ErasureSubject subject, CancellationToken cancellationToken) =>
        ValueTask.FromResult(subject.ProfileIds.Sum(profile => (long)Of(profile).Length));

    public ValueTask ExportAsync(ErasureSubject subject, Utf8JsonWriter json, CancellationToken cancellationToken)
    {
        json.WriteStartArray();
        foreach (var profile in subject.ProfileIds.Order())
        {
            foreach (var firing in Of(profile))
            {
                json.WriteStartObject();
                json.WriteNumber("profileId", profile);
                json.WriteString("reminderDueAt", DateTimeOffset.FromUnixTimeMilliseconds(firing.DueMs));
                json.WriteNumber("anchor", firing.Anchor);
                json.WriteEndObject();
            }
        }

        json.WriteEndArray();
        return default;
    }

    private static Firing[] Union(ReadOnlySpan<Firing> one, ReadOnlySpan<Firing> other)
    {
        var all = new HashSet<Firing>(one.Length + other.Length);
        foreach (var firing in one)
        {
            all.Add(firing);
        }

        foreach (var firing in other)
        {
            all.Add(firing);
        }

        return [.. all.OrderByDescending(firing => firing.DueMs).ThenBy(firing => firing.Trigger).ThenBy(firing => firing.Anchor).Take(MaxOfProfile)];
    }
}
