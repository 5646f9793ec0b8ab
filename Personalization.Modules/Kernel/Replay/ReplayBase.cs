using System.Text.Json;
using Personalization.Kernel.Checkpoints;
using Personalization.Kernel.Privacy;
using Personalization.Kernel.Sqlite;

namespace Personalization.Kernel.Replay;

/// <summary>
/// A cut from which a replay begins where one from the beginning would say nothing, because an erasure has taken events out of the log. It was
/// taken after the erasure, so nobody who is erased is in it; the next erasure removes it, and it counts for as many erasures as it knew.
/// </summary>
internal static class ReplayBase
{
    private const string FolderName = "replay-base";
    private const string ManifestName = "base.json";

    public static string PathIn(string dataDirectory) => Path.Combine(dataDirectory, FolderName);

    /// <summary>Puts the base into a replay's folder; false when there is none that fits.</summary>
    public static bool TryTake(string dataDirectory, int erasures, long until, DataDirectory into)
    {
        var folder = PathIn(dataDirectory);
        var path = Path.Combine(folder, ManifestName);
        if (!File.Exists(path) || JsonSerializer.Deserialize<Manifest>(File.ReadAllText(path)) is not { } manifest
            || manifest.Erasures != erasures || manifest.Offset > until)
        {
            return false;
        }

        foreach (var file in manifest.Files)
        {
            File.Copy(Path.Combine(folder, file), Path.Combine(into.Path, file));
        }

        return true;
    }

    /// <summary>Keeps a cut in place of any other. Its manifest is written last: half a base is none.</summary>
    public static void Keep(string dataDirectory, string cut, IReadOnlyList<string> files, int erasures, long offset)
    {
        Remove(dataDirectory);
        var folder = PathIn(dataDirectory);
        Directory.CreateDirectory(folder);
        string[] all = [.. files, CutCopy.SealName];
        foreach (var file in all)
        {
            File.Copy(Path.Combine(cut, file), Path.Combine(folder, file));
        }

        // Written beside and moved, so that a crash leaves no half of it.
        var manifest = Path.Combine(folder, ManifestName);
        File.WriteAllText(manifest + ".new", JsonSerializer.Serialize(new Manifest(offset, erasures, all)));
        File.Move(manifest + ".new", manifest);
    }

    /// <summary>False when there was none.</summary>
    public static bool Remove(string dataDirectory)
    {
        var folder = PathIn(dataDirectory);
        if (!Directory.Exists(folder))
        {
            return false;
        }

        Directory.Delete(folder, recursive: true);
        return true;
    }

    private sealed record Manifest(long Offset, int Erasures, IReadOnlyList<string> Files);
}

/// <summary>Whoever is erased may be in the base, as in the checkpoint that it is a copy of: it goes as a whole.</summary>
internal sealed class ReplayBaseErasure(DataDirectory data) : IPersonalDataStore
{
    public string Name => "kernel/replay-base";

    public ValueTask<long> EraseAsync(ErasureSubject subject, CancellationToken cancellationToken) =>
        ValueTask.FromResult(ReplayBase.Remove(data.Path) ? 1L : 0);

    public ValueTask<long> CountAsync(ErasureSubject subject, CancellationToken cancellationToken) =>
        ValueTask.FromResult(Directory.Exists(ReplayBase.PathIn(data.Path)) ? 1L : 0);

    /// <summary>What it holds is a copy of what the other stores write.</summary>
    public ValueTask ExportAsync(ErasureSubject subject, Utf8JsonWriter json, CancellationToken cancellationToken)
    {
        json.WriteStartArray();
        json.WriteEndArray();
        return default;
    }
}
