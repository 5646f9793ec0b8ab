using System.Text.Json;

namespace Personalization.Host.Demo;

/// <summary>
/// What the demo has already done in a data directory, in <c>demo.json</c> there. Message ids do not change between attempts,
/// so a history that was cut off is simply sent again: what arrived already is recognised as a duplicate.
/// </summary>
internal sealed record DemoState
{
    private const string FileName = "demo.json";
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public required int Seed { get; init; }

    /// <summary>When the history ends, Unix ms: the moment of the first start.</summary>
    public required long HistoryEndMs { get; init; }

    public bool IsHistorySent { get; init; }

    /// <summary>Starts so far; each has its own message ids.</summary>
    public int Runs { get; init; }

    /// <summary>Null when the demo has never run there.</summary>
    public static DemoState? Load(string directory)
    {
        var path = Path.Combine(directory, FileName);
        return File.Exists(path) ? JsonSerializer.Deserialize<DemoState>(File.ReadAllText(path), Json) : null;
    }

    public void Save(string directory)
    {
        Directory.CreateDirectory(directory);
        var path = Path.Combine(directory, FileName);
        File.WriteAllText(path + ".new", JsonSerializer.Serialize(this, Json));
        File.Move(path + ".new", path, overwrite: true);
    }
}
