using Personalization.Tracking.Domain.DeadLetters;

namespace Personalization.Tracking.Storage.DeadLetters;

/// <summary>The statements on the letters.</summary>
internal static class DeadLetterSql
{
    public const string Insert = """
        INSERT INTO tracking_dead_letter (
            kept_at_ms, received_at_ms, reason, fault, detail, pointer, event_index, position, source_id, source, origin, route,
            event_type, event_name, message_id, sent_at_ms, is_truncated, log_offset, stage, state, size, body_bytes, context, body, line_key)
        VALUES (
            @keptAtMs, @receivedAtMs, @reason, @fault, @detail, @pointer, @eventIndex, @position, @sourceId, @source, @origin, @route,
            @eventType, @eventName, @messageId, @sentAtMs, @isTruncated, @logOffset, @stage, @state, @size, @bodyBytes, @context, @body, @lineKey)
        ON CONFLICT DO NOTHING
        RETURNING id
        """;

    public const string AddSubject =
        "INSERT INTO tracking_dead_letter_subject (subject_key, letter_id) VALUES (@key, @id) ON CONFLICT DO NOTHING";

    public const string DeleteSubjects = "DELETE FROM tracking_dead_letter_subject WHERE letter_id = @id";

    public const string Subjects = "SELECT DISTINCT subject_key FROM tracking_dead_letter_subject";

    public const string Reopen = """
        UPDATE tracking_dead_letter SET state = @state, stage = @stage, detail = @detail, last_result = @result, replay_offset = @replayOffset
        WHERE log_offset = @logOffset AND replay_offset <= @replayOffset AND state <> @discarded
        """;

    public const string Settle = """
        UPDATE tracking_dead_letter SET state = @state, last_result = @result, replay_offset = @replayOffset
        WHERE log_offset = @logOffset AND replay_offset <= @replayOffset AND state <> @discarded
        """;

    public const string Correct = """
        UPDATE tracking_dead_letter
        SET body = @body, body_bytes = @bodyBytes, event_name = @eventName, message_id = @messageId, state = @state, is_truncated = 0, size = @size
        WHERE id = @id
        """;

    /// <summary>A parked event may have failed again before this was noted: its state is then the newer news.</summary>
    public const string NoteReplay = """
        UPDATE tracking_dead_letter
        SET attempts = attempts + 1,
            last_attempt_at_ms = @atMs,
            state = CASE WHEN @state IS NULL OR (replay_offset >= @replayOffset AND @replayOffset >= 0) THEN state ELSE @state END,
            last_result = CASE WHEN replay_offset >= @replayOffset AND @replayOffset >= 0 THEN last_result ELSE @result END,
            replay_offset = max(replay_offset, @replayOffset)
        WHERE id = @id AND state <> @discarded
        """;

    public const string Discard = """
        UPDATE tracking_dead_letter
        SET state = @state, body = @empty, body_bytes = 0, context = @empty, event_name = '', message_id = '', detail = '', size = @size
        WHERE id = @id
        """;

    public const string ExpireOldest = """
        DELETE FROM tracking_dead_letter
        WHERE id IN (SELECT id FROM tracking_dead_letter ORDER BY id LIMIT @limit)
        RETURNING id AS Id, reason AS Reason, source AS Source, size AS Size
        """;

    public const string ExpireByAge = """
        DELETE FROM tracking_dead_letter
        WHERE id IN (SELECT id FROM tracking_dead_letter WHERE received_at_ms < @beforeMs ORDER BY received_at_ms LIMIT @limit)
        RETURNING id AS Id, reason AS Reason, source AS Source, size AS Size
        """;

    public const string EraseSubject = """
        DELETE FROM tracking_dead_letter
        WHERE id IN (SELECT letter_id FROM tracking_dead_letter_subject WHERE subject_key = @key)
        RETURNING id AS Id, reason AS Reason, source AS Source, size AS Size
        """;

    public const string EraseOffset = """
        DELETE FROM tracking_dead_letter
        WHERE log_offset = @offset AND log_offset >= 0
        RETURNING id AS Id, reason AS Reason, source AS Source, size AS Size
        """;

    public const string IdsOfSubject = "SELECT letter_id FROM tracking_dead_letter_subject WHERE subject_key = @key";

    public const string IdsOfOffset = "SELECT id FROM tracking_dead_letter WHERE log_offset = @offset AND log_offset >= 0";

    public const string CountExpired = """
        INSERT INTO tracking_dead_letter_expired (reason, letters) VALUES (@reason, 1)
        ON CONFLICT (reason) DO UPDATE SET letters = letters + 1
        """;

    public const string SumBytes = "SELECT coalesce(sum(size), 0) FROM tracking_dead_letter";

    public const string SumStrangerBytes = "SELECT coalesce(sum(size), 0) FROM tracking_dead_letter WHERE source = ''";

    public const string Find = $"{Columns}, context AS Context, body AS Body FROM tracking_dead_letter WHERE id = @id";

    public const string ListNewest = $"{Columns}, x'' AS Context, x'' AS Body {Matching} AND id < @after ORDER BY id DESC LIMIT @limit";

    public const string ListOldest = $"{Columns}, context AS Context, body AS Body {Matching} AND id > @after ORDER BY id LIMIT @limit";

    public const string CountMatching = $"SELECT count(*) {Matching}";

    public const string CountOpen = "SELECT count(*) FROM tracking_dead_letter WHERE state IN (1, 2)";

    public const string Summary = """
        SELECT reason AS Reason, source AS Source, state AS State, date(received_at_ms / 1000, 'unixepoch') AS Day,
            count(*) AS Letters, sum(size) AS Bytes
        FROM tracking_dead_letter
        GROUP BY 1, 2, 3, 4
        ORDER BY 4, 1, 2, 3
        LIMIT 10000
        """;

    public const string Expired = "SELECT reason AS Reason, letters AS Letters FROM tracking_dead_letter_expired";

    private const string Columns = """
        SELECT id AS Id, kept_at_ms AS KeptAtMs, received_at_ms AS ReceivedAtMs, reason AS Reason, fault AS Fault, detail AS Detail,
            pointer AS Pointer, event_index AS EventIndex, position AS Position, source_id AS SourceId, source AS Source, origin AS Origin,
            route AS Route, event_type AS EventType, event_name AS EventName, message_id AS MessageId, sent_at_ms AS SentAtMs,
            is_truncated AS IsTruncated, log_offset AS LogOffset, stage AS Stage, state AS State, attempts AS Attempts,
            last_attempt_at_ms AS LastAttemptAtMs, last_result AS LastResult, replay_offset AS ReplayOffset, size AS Size, body_bytes AS BodyBytes
        """;

    private const string Matching = """
        FROM tracking_dead_letter
        WHERE (@id IS NULL OR id = @id)
          AND (@reason IS NULL OR reason = @reason)
          AND (@state IS NULL OR state = @state)
          AND (@isUnsettled = 0 OR state IN (1, 2))
          AND (@source IS NULL OR source = @source)
          AND (@eventName IS NULL OR event_name = @eventName)
          AND (@fault IS NULL OR fault = @fault)
          AND (@stage IS NULL OR stage = @stage)
          AND (@messageId IS NULL OR message_id = @messageId)
          AND (@fromMs IS NULL OR received_at_ms >= @fromMs)
          AND (@untilMs IS NULL OR received_at_ms < @untilMs)
          AND (@subject IS NULL OR id IN (SELECT letter_id FROM tracking_dead_letter_subject WHERE subject_key = @subject))
        """;

    public static object Parameters(DeadLetter letter, int size) => new
    {
        keptAtMs = letter.KeptAtMs,
        receivedAtMs = letter.ReceivedAtMs,
        reason = (int)letter.Reason,
        fault = letter.Fault,
        detail = letter.Detail,
        pointer = letter.Pointer,
        eventIndex = letter.EventIndex,
        position = letter.Position,
        sourceId = letter.SourceId,
        source = letter.Source,
        origin = (int)letter.Origin,
        route = (int)letter.Route,
        eventType = (int)letter.EventType,
        eventName = letter.EventName,
        messageId = letter.MessageId,
        sentAtMs = letter.SentAtMs,
        isTruncated = letter.IsTruncated ? 1 : 0,
        logOffset = letter.LogOffset,
        stage = letter.Stage,
        state = (int)letter.State,
        size,
        bodyBytes = letter.Body.Length,
        context = letter.Context,
        body = letter.Body,
        lineKey = letter.LineKey == default ? null : DeadLetterStore.KeyOf(letter.LineKey),
    };

    public static object Parameters(DeadLetterFilter filter, long after, int limit) => new
    {
        id = filter.Id,
        reason = (int?)filter.Reason,
        state = (int?)filter.State,
        isUnsettled = filter.IsUnsettled ? 1 : 0,
        source = filter.Source,
        eventName = filter.Event,
        fault = filter.Fault,
        stage = filter.Stage,
        messageId = filter.MessageId,
        fromMs = filter.FromMs,
        untilMs = filter.UntilMs,
        subject = filter.SubjectKey is { } key ? DeadLetterStore.KeyOf(key) : null,
        after,
        limit,
    };
}
