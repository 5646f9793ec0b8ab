using System.Buffers.Binary;
using Dapper;
using Personalization.Tracking.Domain.DeadLetters;

namespace Personalization.Tracking.Storage.DeadLetters;

/// <summary>Looks at the letters, each time on a connection of its own, beside the writer. Thread-safe; reads disk.</summary>
internal sealed class DeadLetterReader(DeadLetterFile file)
{
    public DeadLetter? Find(long id)
    {
        using var connection = file.Open();
        return connection.QuerySingleOrDefault<DeadLetterRow>(DeadLetterSql.Find, new { id })?.ToLetter();
    }

    /// <summary>Letters below an id, the newest first, without context and body.</summary>
    public IReadOnlyList<DeadLetter> Newest(DeadLetterFilter filter, long before, int limit) =>
        List(DeadLetterSql.ListNewest, filter, before, limit);

    /// <summary>Whole letters above an id, the oldest first.</summary>
    public IReadOnlyList<DeadLetter> Oldest(DeadLetterFilter filter, long after, int limit) =>
        List(DeadLetterSql.ListOldest, filter, after, limit);

    public long Count(DeadLetterFilter filter)
    {
        using var connection = file.Open();
        return connection.QuerySingle<long>(DeadLetterSql.CountMatching, DeadLetterSql.Parameters(filter, 0, 0));
    }

    /// <summary>Letters about which nothing has been done that settles them.</summary>
    public long CountOpen()
    {
        using var connection = file.Open();
        return connection.QuerySingle<long>(DeadLetterSql.CountOpen);
    }

    /// <summary>Ids of the letters in which one of the identifiers stands, and of those of the events at these offsets; ascending.</summary>
    public IReadOnlyCollection<long> IdsOf(IReadOnlySet<UInt128> subjects, IReadOnlyList<long> offsets)
    {
        using var connection = file.Open();
        var ids = new SortedSet<long>();
        foreach (var subject in subjects)
        {
            ids.UnionWith(connection.Query<long>(DeadLetterSql.IdsOfSubject, new { key = DeadLetterStore.KeyOf(subject) }));
        }

        foreach (var offset in offsets)
        {
            ids.UnionWith(connection.Query<long>(DeadLetterSql.IdsOfOffset, new { offset }));
        }

        return ids;
    }

    /// <summary>Keyed hashes of every identifier that stands in a letter.</summary>
    public IReadOnlyList<UInt128> Subjects()
    {
        using var connection = file.Open();
        return [.. connection.Query<byte[]>(DeadLetterSql.Subjects).Select(key => BinaryPrimitives.ReadUInt128BigEndian(key))];
    }

    public DeadLetterSummary Summarise()
    {
        using var connection = file.Open();
        var counts = connection.Query<CountRow>(DeadLetterSql.Summary)
            .Select(row => new DeadLetterCount((DeadLetterReason)row.Reason, row.Source, (DeadLetterState)row.State, row.Day, row.Letters, row.Bytes))
            .ToList();
        var expired = connection.Query<(long Reason, long Letters)>(DeadLetterSql.Expired)
            .ToDictionary(row => (DeadLetterReason)row.Reason, row => row.Letters);
        return new DeadLetterSummary(counts, expired, connection.QuerySingle<long>(DeadLetterSql.SumBytes), DeadLetterFile.BytesOf(connection));
    }

    private List<DeadLetter> List(string sql, DeadLetterFilter filter, long after, int limit)
    {
        using var connection = file.Open();
        return [.. connection.Query<DeadLetterRow>(sql, DeadLetterSql.Parameters(filter, after, limit)).Select(row => row.ToLetter())];
    }

    /// <summary>Has no constructor to be matched: as long as there are no letters, the types of what is computed are unknown.</summary>
    private sealed record CountRow
    {
        public long Reason { get; init; }

        public required string Source { get; init; }

        public long State { get; init; }

        public required string Day { get; init; }

        public long Letters { get; init; }

        public long Bytes { get; init; }
    }
}
