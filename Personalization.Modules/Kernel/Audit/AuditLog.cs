using System.Text.Json;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using Personalization.Kernel.Privacy;
using Personalization.Kernel.Sqlite;

namespace Personalization.Kernel.Audit;

/// <summary>
/// Appends one entry at a time: a row, committed with <c>synchronous=FULL</c>, then the anchor. Administrative actions are rare, so nothing is
/// gathered. If an entry cannot be written the action's answer is an error: an action without a trace must not look done.
/// </summary>
[HoldsNoPersonalData("Entries name people by profile number, request id or keyed hash.")]
internal sealed partial class AuditLog : IAuditLog, IDisposable
{
    /// <summary>What stands in the chain where it does not fit its anchor.</summary>
    public const string BreakAction = "audit.break";

    private const int MaxName = 512;
    private const int MaxDetail = 64 * 1024;
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly SqliteConnection _connection;
    private readonly AuditAnchor _anchor;
    private readonly TimeProvider _time;
    private readonly ILogger<AuditLog> _logger;
    private volatile AuditHead _head;

    public AuditLog(SqliteFile file, AuditAnchor anchor, TimeProvider time, ILogger<AuditLog> logger)
    {
        (_anchor, _time, _logger) = (anchor, time, logger);
        _connection = file.Open();
        Path = file.Path;
        _head = AuditFile.Last(_connection)?.Head ?? AuditHead.Empty;
        CompareWithAnchor();
    }

    public string Path { get; }

    public string AnchorPath => _anchor.Path;

    /// <summary>The newest entry.</summary>
    public AuditHead Head => _head;

    public async ValueTask AppendAsync(AuditRecord record, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(record.Action.Length, MaxName);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(record.Actor.Length, MaxName);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(record.Subject.Length, MaxName);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(record.Detail?.Length ?? 0, MaxDetail);
        await _turn.WaitAsync(cancellationToken);
        try
        {
            Append(_head, _head.Sequence + 1, record);
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Dispose()
    {
        _connection.Dispose();
        _turn.Dispose();
    }

    private void Append(AuditHead previous, long sequence, AuditRecord record)
    {
        var entry = AuditEntry.After(previous, sequence, _time.GetUtcNow().ToUnixTimeMilliseconds(), record);
        AuditFile.Append(_connection, entry);
        _head = entry.Head;
        _anchor.Write(entry.Head);
    }

    /// <summary>
    /// A crash may leave the anchor behind, at an entry that is in the chain. Whatever else differs is written into the chain
    /// itself, or the next entry's anchor would cover it up; entries that are missing leave a gap in the numbers.
    /// </summary>
    private void CompareWithAnchor()
    {
        AuditHead? anchored;
        try
        {
            anchored = _anchor.Read();
        }
        catch (InvalidDataException)
        {
            // As good as none: what it held is lost.
            anchored = null;
        }

        if (anchored is null ? _head.Sequence == 0 : IsInChain(anchored))
        {
            return;
        }

        LogBroken(anchored?.Sequence ?? 0, _head.Sequence);
        var detail = JsonSerializer.Serialize(new { anchored = anchored?.ToString(), found = _head.ToString() });
        var isCut = anchored?.Sequence > _head.Sequence;
        Append(
            isCut ? anchored! : _head,
            Math.Max(anchored?.Sequence ?? 0, _head.Sequence) + 1,
            new AuditRecord(BreakAction, "system", "audit", detail));
    }

    private bool IsInChain(AuditHead anchored) =>
        anchored.Sequence == 0 || AuditFile.Find(_connection, anchored.Sequence)?.Head == anchored;

    [LoggerMessage(EventId = 100, Level = LogLevel.Error, Message =
        "The audit log ends at entry {Found}, but its anchor says {Anchored} or another hash: run `audit verify`")]
    private partial void LogBroken(long anchored, long found);
}
