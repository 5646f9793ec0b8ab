using Personalization.Kernel.Http;

namespace Personalization.Tracking.Endpoints.Import;

/// <summary>The refusals of imports. Their types stay.</summary>
internal static class ImportProblems
{
    public static readonly Problem NeedsServerKey =
        new("tracking/import-needs-server-key", "A write key is public and may not import; take a server key: Authorization: Bearer <key>", 403);

    public static readonly Problem BadRequest = new("tracking/import-bad-request", "The import cannot be begun as it is asked for.", 400);
    public static readonly Problem UnknownImport = new("tracking/import-unknown", "There is no such import.", 404);
    public static readonly Problem AlreadyRunning = new("tracking/import-running", "An import of this id is running.", 409);
    public static readonly Problem OtherImport = new("tracking/import-differs", "An import of this id was begun with another source or format.", 409);
    public static readonly Problem LinesMissing = new("tracking/import-lines-missing", "There are lines between where the import stopped and where it should go on.", 409);
    public static readonly Problem Ended = new("tracking/import-ended", "The import has ended already.", 409);
    public static readonly Problem Cancelled = new("tracking/import-cancelled", "The import was cancelled.", 409);
    public static readonly Problem Failed = new("tracking/import-failed", "The body cannot be read on.", 400);
    public static readonly Problem UnknownFormat =
        new("tracking/import-unknown-format", "The format is not known: Content-Type application/x-ndjson or text/csv, or format=ndjson or csv.", 415);

    public static readonly Problem TooMany = new("tracking/import-too-many", "As many imports are running as may.", 429);
    public static readonly Problem Interrupted = new("tracking/import-interrupted", "The import was interrupted and can be resumed.", 503);
}
