using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Personalization.Kernel.Http;
using Personalization.Kernel.Json;

namespace Personalization.Kernel.Sqlite.Backup;

/// <summary><c>/v1/backups</c>: makes and lists copies of the installation. Server key required.</summary>
internal static partial class BackupEndpoints
{
    private const int MaxBodyBytes = 1024;

    public static readonly Problem NotConfigured = new("backup/not-configured", "No place for backups is configured", StatusCodes.Status409Conflict);
    public static readonly Problem InvalidBody = new("backup/invalid-body", "The body is not what this address takes", StatusCodes.Status400BadRequest);
    public static readonly Problem BodyTooLarge = new("backup/body-too-large", "The body is larger than allowed", StatusCodes.Status413PayloadTooLarge);
    public static readonly Problem InvalidName = new("backup/invalid-name", "That is no name of a backup", StatusCodes.Status400BadRequest);
    public static readonly Problem NameTaken = new("backup/name-taken", "There is such a backup already", StatusCodes.Status409Conflict);
    public static readonly Problem DiskRefused = new("backup/disk-refused", "The backup could not be written", StatusCodes.Status507InsufficientStorage);

    public static void Map(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/v1/backups", List).RequireServerKey().WithName("ListBackups");
        endpoints.MapPost("/v1/backups", (Delegate)PostAsync).RequireServerKey().WithName("WriteBackup");
    }

    /// <summary>The newest first.</summary>
    internal static IResult List(BackupFolder folder) =>
        TypedResults.Ok(new { isConfigured = folder.IsConfigured, backups = folder.List().Select(manifest => Describe(folder, manifest)) });

    /// <summary>The body is <c>{"name": "nightly"}</c>, or none. 400 for any other; 413; else as below.</summary>
    internal static async Task<IResult> PostAsync(HttpContext context, BackupFolder folder, BackupWriter writer)
    {
        var body = new ArrayBufferWriter<byte>();
        var status = await RequestBody.ReadAsync(context.Request, body, MaxBodyBytes, context.RequestAborted);
        if (status != BodyStatus.Read)
        {
            return (status == BodyStatus.TooLarge ? BodyTooLarge : InvalidBody).ToResult($"At most {MaxBodyBytes} bytes of JSON.");
        }

        var faults = new List<BodyFault>();
        var request = body.WrittenCount == 0 ? null : BodyShape.Read(body.WrittenSpan, BackupJson.Default.BackupRequest, faults);
        return faults.Count > 0 ? InvalidBody.ToResult(faults) : await WriteAsync(folder, writer, context.RequestAborted, request);
    }

    /// <summary>
    /// 201 when the copy is whole and on disk, which may take minutes; 400 for a name that is none, 409 when the name is taken or no place is
    /// configured, 507 when the disk refuses.
    /// </summary>
    internal static async Task<IResult> WriteAsync(
        BackupFolder folder, BackupWriter writer, CancellationToken cancellationToken, BackupRequest? request = null)
    {
        if (!folder.IsConfigured)
        {
            return NotConfigured.ToResult("Set Personalization:Backup:Directory.");
        }

        if (request?.Name is { } name)
        {
            if (!BackupFolder.IsName(name))
            {
                return InvalidName.ToResult("1 to 64 letters, digits, hyphens, underscores and dots; it names a folder below the configured one.");
            }

            if (folder.Exists(name))
            {
                return NameTaken.ToResult();
            }
        }

        try
        {
            return TypedResults.Created("/v1/backups", Describe(folder, await writer.WriteAsync(request?.Name, cancellationToken)));
        }
        catch (IOException error)
        {
            return DiskRefused.ToResult(error.Message);
        }
    }

    private static object Describe(BackupFolder folder, BackupManifest manifest) => new
    {
        manifest.Name,
        manifest.CreatedAt,
        expiresAt = folder.ExpiresAt(manifest),
        manifest.SealedOffset,
        manifest.LogNextOffset,
        bytes = manifest.Files.Sum(file => file.Bytes),
        files = manifest.Files,
    };

    /// <summary>What to call it; by its time when absent.</summary>
    internal sealed record BackupRequest(string? Name);

    [JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
    [JsonSerializable(typeof(BackupRequest))]
    private sealed partial class BackupJson : JsonSerializerContext;
}
