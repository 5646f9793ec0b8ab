using System.Text.Json;
using Personalization.Features.Domain.Segments;
using Personalization.Kernel.Checkpoints;
using Personalization.Kernel.Privacy;
using Personalization.Tracking.Contracts;

namespace Personalization.Features.Domain.Expiry;

/// <summary>
/// When something that is kept of a profile is to be freed because its time is over: one time a profile, the earliest, by the log's clock. What is read is
/// right before that: an expired value is not told. A time that turns out too early is put off when it comes, so that an event costs nothing but a look.
/// </summary>
internal sealed class ProfileExpiry(IPartitions partitions) : ICheckpointed, IPersonalDataStore
{
    private const byte DueTable = 118;
    private readonly DueTimes[] _due = [.. Enumerable.Range(0, partitions.Count).Select(partition => new DueTimes(partition, partitions.Count))];

    public string FileName => "features";

    public int Version => 1;

    public string Name => "features/expiry";

    /// <summary>Profiles of which something has an end. Any thread.</summary>
    public long Count => _due.Sum(due => (long)due.Count);

    /// <summary>Something is over at a time, Unix ms, or something else earlier; <see cref="long.MaxValue"/> for never. Any thread.</summary>
    public void Lower(int profileId, long dueMs) => DueOf(profileId).Lower(profileId, dueMs);

    /// <summary>Nothing is kept of the profile any more. Any thread.</summary>
    public void Remove(int profileId) => DueOf(profileId).Remove(profileId);

    /// <summary>The earliest time, Unix ms; <see cref="long.MaxValue"/> for none. Any thread.</summary>
    public long NextMs(int partition) => _due[partition].NextMs;

    /// <summary>Takes out who is due first, if by then anybody is.</summary>
    public bool TryTake(int partition, long nowMs, out int profileId, out long dueMs) => _due[partition].TryTake(nowMs, out profileId, out dueMs);

    public void Load(CheckpointReader reader) => reader.Visit(DueTable, (profileId, row) => DueOf((int)profileId).Load((int)profileId, row));

    public void Collect(CheckpointWriter writer)
    {
        foreach (var due in _due)
        {
            due.Collect(writer, DueTable);
        }
    }

    public ValueTask<long> EraseAsync(ErasureSubject subject, CancellationToken cancellationToken)
    {
        var erased = subject.ProfileIds.Where(HasAny).ToList();
        erased.ForEach(Remove);
        return ValueTask.FromResult((long)erased.Count);
    }

    public ValueTask<long> CountAsync(ErasureSubject subject, CancellationToken cancellationToken) =>
        ValueTask.FromResult(subject.ProfileIds.LongCount(HasAny));

    public ValueTask ExportAsync(ErasureSubject subject, Utf8JsonWriter json, CancellationToken cancellationToken)
    {
        json.WriteStartArray();
        foreach (var profileId in subject.ProfileIds.Order().Where(HasAny))
        {
            json.WriteStartObject();
            json.WriteNumber("profileId", profileId);
            json.WriteString("looksAgainAt", DateTimeOffset.FromUnixTimeMilliseconds(DueOf(profileId).Of(profileId)));
            json.WriteEndObject();
        }

        json.WriteEndArray();
        return default;
    }

    private bool HasAny(int profileId) => DueOf(profileId).Of(profileId) < long.MaxValue;

    private DueTimes DueOf(int profileId) => _due[partitions.PartitionOf(profileId)];
}
