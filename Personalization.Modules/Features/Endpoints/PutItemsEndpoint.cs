using System.IO.Compression;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Options;
using Personalization.Features.Domain;
using Personalization.Kernel.Http;

namespace Personalization.Features.Endpoints;

/// <summary>
/// <c>PUT /v1/catalog/items</c>: a JSON array of items, or NDJSON (<c>application/x-ndjson</c>). An item takes the place of the one with its id.
/// The body is read as it comes and committed in parts, so an upload of any size needs little memory; a part once
/// committed stays, and sending everything again does no harm.
/// </summary>
internal sealed class PutItemsEndpoint(CatalogWriter writer, IOptions<FeaturesOptions> options)
{
    /// <summary>Bounds of one part: the sequencer applies it in about a millisecond.</summary>
    private const int ItemsPerPart = 1_000;
    private const int BytesPerPart = 512 * 1024;

    /// <summary>
    /// 200 with what was taken and, one by one, what was refused; 400 when nothing is valid or the body breaks off; 413, 415; 429 and
    /// 503 with Retry-After.
    /// </summary>
    public async Task<IResult> HandleAsync(HttpContext context)
    {
        var maxBytes = options.Value.MaxCatalogBytes;
        LiftBodyLimit(context, maxBytes);
        if (Decode(context.Request) is not { } body)
        {
            return CatalogProblems.UnknownEncoding.ToResult();
        }

        using var cutter = new ItemCutter(body, IsLines(context.Request.ContentType), maxBytes);
        var upload = new Upload(writer);
        try
        {
            var (problem, detail) = await ReadAsync(cutter, upload, context.RequestAborted);
            return problem is null ? upload.ToResult() : CatalogWriter.Refuse(context, problem, $"{detail} {upload.Accepted} items were taken.".TrimStart());
        }
        catch (BadHttpRequestException error)
        {
            var problem = error.StatusCode == StatusCodes.Status413PayloadTooLarge ? CatalogProblems.TooLarge : CatalogProblems.Malformed;
            return problem.ToResult($"{upload.Accepted} items were taken.");
        }
        catch (InvalidDataException)
        {
            return CatalogProblems.Malformed.ToResult($"It cannot be decompressed. {upload.Accepted} items were taken.");
        }
    }

    private static async ValueTask<(Problem? Problem, string? Detail)> ReadAsync(ItemCutter cutter, Upload upload, CancellationToken cancellationToken)
    {
        while (true)
        {
            switch (await cutter.NextAsync(cancellationToken))
            {
                case Cut.Item:
                    upload.Add(cutter.Item, cutter.Index);
                    break;
                case Cut.ItemTooLarge:
                    upload.Refuse(new CatalogError(cutter.Index, "", $"Must be at most {ItemCutter.MaxItemBytes} bytes."));
                    break;
                case Cut.TooLarge:
                    return (CatalogProblems.TooLarge, null);
                case Cut.Malformed:
                    return (CatalogProblems.Malformed, cutter.Index < 0 ? "It must be one JSON array of items." : $"It must be one JSON array, and stops being one behind item {cutter.Index}.");
                default:
                    return (await upload.CommitAsync(cancellationToken), null);
            }

            if (upload.IsPartFull && await upload.CommitAsync(cancellationToken) is { } problem)
            {
                return (problem, null);
            }
        }
    }

    private static bool IsLines(string? contentType) =>
        contentType is not null &&
        (contentType.Contains("ndjson", StringComparison.OrdinalIgnoreCase) || contentType.Contains("jsonl", StringComparison.OrdinalIgnoreCase));

    private static Stream? Decode(HttpRequest request) => BodyEncodings.Of(request.Headers.ContentEncoding) switch
    {
        BodyEncoding.Identity => request.Body,
        BodyEncoding.Gzip => new GZipStream(request.Body, CompressionMode.Decompress),
        BodyEncoding.Deflate => new ZLibStream(request.Body, CompressionMode.Decompress),
        BodyEncoding.Brotli => new BrotliStream(request.Body, CompressionMode.Decompress),
        _ => null,
    };

    private static void LiftBodyLimit(HttpContext context, long bytes)
    {
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
        {
            limit.MaxRequestBodySize = bytes;
        }
    }

    /// <summary>How far an upload is.</summary>
    private sealed class Upload(CatalogWriter writer)
    {
        private const int MaxErrors = 100;
        private readonly List<CatalogChange> _part = new(ItemsPerPart);
        private readonly List<CatalogError> _errors = [];
        private readonly List<CatalogError> _itemErrors = [];
        private int _partBytes;
        private int _refused;

        public int Accepted { get; private set; }

        public bool IsPartFull => _part.Count == ItemsPerPart || _partBytes >= BytesPerPart;

        public void Add(ReadOnlyMemory<byte> json, int index)
        {
            _itemErrors.Clear();
            if (CatalogItemBody.Read(json, index, _itemErrors) is { } item)
            {
                _part.Add(new CatalogChange(CatalogChangeKind.Put, item));
                _partBytes += json.Length;
            }
            else
            {
                Refuse([.. _itemErrors]);
            }
        }

        /// <summary>Counts a refused item; only the first hundred reasons are kept, so that an upload of garbage stays small.</summary>
        public void Refuse(params ReadOnlySpan<CatalogError> errors)
        {
            _refused++;
            _errors.AddRange(errors[..Math.Min(errors.Length, MaxErrors - _errors.Count)]);
        }

        public async ValueTask<Problem?> CommitAsync(CancellationToken cancellationToken)
        {
            if (_part.Count == 0)
            {
                return null;
            }

            CatalogChange[] changes = [.. _part];
            var problem = Accepted == 0 ? await writer.AppendAsync(changes) : await writer.AppendPatientlyAsync(changes, cancellationToken);
            Accepted += problem is null ? changes.Length : 0;
            _part.Clear();
            _partBytes = 0;
            return problem;
        }

        public IResult ToResult() => Accepted == 0 && _refused > 0
            ? CatalogProblems.Invalid.ToResult($"{_refused} items were refused. Item {_errors[0].Index} {_errors[0].Field}: {_errors[0].Reason}")
            : TypedResults.Ok(new UploadAnswer(Accepted, _refused, _errors));
    }
}

/// <summary>What became of an upload.</summary>
/// <param name="Accepted">Items that are on disk.</param>
/// <param name="RefusedCount">Items that were refused.</param>
/// <param name="Refused">Why, for the first of them: at most 100 reasons.</param>
internal sealed record UploadAnswer(int Accepted, int RefusedCount, IReadOnlyList<CatalogError> Refused);
