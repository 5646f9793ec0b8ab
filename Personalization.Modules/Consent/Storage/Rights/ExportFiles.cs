using System.Text.Json;
using Personalization.Consent.Domain.Rights;
using Personalization.Kernel.Privacy;

namespace Personalization.Consent.Storage.Rights;

/// <summary>
/// The encrypted copies that people can fetch, one file each below <c>exports</c>. Erasing a person ends theirs, which is found by
/// the hashes of whom their requests were about. Thread-safe.
/// </summary>
internal sealed class ExportFiles : IPersonalDataStore
{
    private readonly string _folder;
    private readonly RightsStore _store;
    private readonly IdentitySeal _seal;
    private readonly TimeProvider _time;

    public ExportFiles(string folder, RightsStore store, IdentitySeal seal, TimeProvider time)
    {
        _folder = Directory.CreateDirectory(Path.Combine(folder, "exports")).FullName;
        _store = store;
        _seal = seal;
        _time = time;

        // What was being written when the process ended has no key any more.
        foreach (var unfinished in Directory.GetFiles(_folder, "*.new"))
        {
            File.Delete(unfinished);
        }
    }

    public string Name => "consent/exports";

    public string PathOf(Guid id) => Path.Combine(_folder, id.ToString("N"));

    public bool Exists(Guid id) => File.Exists(PathOf(id));

    public FileStream Open(Guid id) => new(PathOf(id), FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, 64 * 1024, useAsync: true);

    /// <summary>Writes a file that is there only when it is whole, on disk.</summary>
    /// <returns>Its length in bytes.</returns>
    public async Task<long> WriteAsync(Guid id, Func<Stream, Task> write)
    {
        var unfinished = PathOf(id) + ".new";
        try
        {
            long length;
            await using (var file = new FileStream(unfinished, FileMode.Create, FileAccess.Write, FileShare.None, 64 * 1024))
            {
                await write(file);
                file.Flush(flushToDisk: true);
                length = file.Length;
            }

            File.Move(unfinished, PathOf(id), overwrite: true);
            return length;
        }
        catch // Whatever it was: half a file must not stay, and the caller gets the error.
        {
            File.Delete(unfinished);
            throw;
        }
    }

    /// <summary>Ends a copy: the key first, so that whatever is left of the file cannot be read.</summary>
    /// <param name="request">Whose copy it is.</param>
    /// <param name="why"><see cref="RightsExport.Ended"/>.</param>
    /// <returns>Whether there was one.</returns>
    public bool End(Guid request, string why)
    {
        var ended = _store.Change(
            request,
            found => found.Export is { Ended: null } export ? found with { Export = export with { SealedKey = null, Ended = why } } : null,
            _time.GetUtcNow().ToUnixTimeMilliseconds());
        if (ended?.Export is { } gone)
        {
            File.Delete(PathOf(gone.Id));
        }

        return ended is not null;
    }

    /// <summary>Removes files that belong to no copy that can be fetched: a crash between the two steps of <see cref="End"/> leaves one.</summary>
    public void Sweep(IReadOnlySet<Guid> wanted)
    {
        foreach (var file in Directory.GetFiles(_folder))
        {
            if (!Guid.TryParseExact(Path.GetFileName(file), "N", out var id) || !wanted.Contains(id))
            {
                File.Delete(file);
            }
        }
    }

    public ValueTask<long> EraseAsync(ErasureSubject subject, CancellationToken cancellationToken) =>
        ValueTask.FromResult(Of(subject).LongCount(request => End(request.Id, "erased")));

    public ValueTask<long> CountAsync(ErasureSubject subject, CancellationToken cancellationToken) => ValueTask.FromResult((long)Of(subject).Count);

    public ValueTask ExportAsync(ErasureSubject subject, Utf8JsonWriter json, CancellationToken cancellationToken)
    {
        json.WriteStartArray();
        foreach (var request in Of(subject))
        {
            json.WriteStartObject();
            json.WriteString("request", request.Id);
            json.WriteString("expiresAt", request.Export!.ExpiresAt);
            json.WriteNumber("downloads", request.Export.Downloads);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        return default;
    }

    private List<RightsRequest> Of(ErasureSubject subject)
    {
        var hashes = _seal.HashesOf(subject);
        return hashes.Count == 0
            ? []
            : [.. hashes.Chunk(500).SelectMany(chunk => _store.ListOf(chunk)).DistinctBy(request => request.Id).Where(request => request.Export is { Ended: null })];
    }
}
