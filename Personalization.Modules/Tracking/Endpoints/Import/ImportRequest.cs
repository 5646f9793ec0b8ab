using Microsoft.AspNetCore.Http;
using Personalization.Kernel.Http;
using Personalization.Tracking.Domain.Import;

namespace Personalization.Tracking.Endpoints.Import;

/// <summary>What the address and the headers of <c>POST /v1/import</c> ask for.</summary>
internal sealed record ImportRequest
{
    private const int MaxIdLength = 64;
    private const int MaxSourceLength = 128;

    public required string Id { get; init; }

    public required string Source { get; init; }

    public required ImportFormat Format { get; init; }

    public bool IsDryRun { get; init; }

    /// <summary>Line of the whole at which the body begins; 0 when it is the whole.</summary>
    public long FromLine { get; init; }

    /// <summary><c>mapping=column=path</c>, any number of times.</summary>
    public IReadOnlyList<string> Mapping { get; init; } = [];

    /// <summary><c>set=path=value</c>, any number of times.</summary>
    public IReadOnlyList<string> Constants { get; init; } = [];

    /// <summary>Null when it cannot be understood; the reason is in <paramref name="problem"/> and <paramref name="detail"/>.</summary>
    public static ImportRequest? Read(HttpRequest request, TimeProvider time, out Problem problem, out string? detail)
    {
        problem = ImportProblems.BadRequest;
        detail = null;
        var query = request.Query;
        var id = (string?)query["id"] ?? Guid.CreateVersion7(time.GetUtcNow()).ToString("N");
        var source = (string?)query["source"] ?? "";
        if (FormatOf(query["format"], request.ContentType) is not { } format)
        {
            problem = ImportProblems.UnknownFormat;
            return null;
        }

        if (QueryFlag.Of(query["dryRun"]) is not { } isDryRun)
        {
            detail = "'dryRun' must be true or false.";
            return null;
        }

        var read = new ImportRequest
        {
            Id = id,
            Source = source,
            Format = format,
            IsDryRun = isDryRun,
            FromLine = long.TryParse(query["fromLine"], out var line) ? line : query.ContainsKey("fromLine") ? -1 : 0,
            Mapping = [.. query["mapping"].OfType<string>()],
            Constants = [.. query["set"].OfType<string>()],
        };
        detail = read.FindFault();
        return detail is null ? read : null;
    }

    private string? FindFault() =>
        !IsId(Id) ? $"'id' must be 1 to {MaxIdLength} letters, digits, dots, dashes or underscores."
        : Source.Length is 0 or > MaxSourceLength ? "'source' is needed: the name of the source that the events count for."
        : SourceOptions.IsReserved(Source) ? "'source' must not begin with '$': such sources are ours."
        : FromLine < 0 ? "'fromLine' must be a line, from 1."
        : FromLine == 1 && Format == ImportFormat.Csv ? "'fromLine' of a CSV file is 2 or more: line 1 is the header, which is sent each time."
        : Format == ImportFormat.Ndjson && Mapping.Count + Constants.Count > 0 ? "'mapping' and 'set' are for CSV."
        : null;

    /// <summary>It stands in message ids and addresses.</summary>
    private static bool IsId(string id) =>
        id.Length is > 0 and <= MaxIdLength && id.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '-' or '_');

    private static ImportFormat? FormatOf(string? named, string? contentType) => named?.ToLowerInvariant() switch
    {
        "ndjson" or "jsonl" => ImportFormat.Ndjson,
        "csv" => ImportFormat.Csv,
        null when Names(contentType, "ndjson") || Names(contentType, "jsonl") || Names(contentType, "json-lines") => ImportFormat.Ndjson,
        null when Names(contentType, "csv") => ImportFormat.Csv,
        _ => null,
    };

    private static bool Names(string? contentType, string format) => contentType?.Contains(format, StringComparison.OrdinalIgnoreCase) == true;
}
