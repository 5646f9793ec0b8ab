using System.Buffers.Binary;
using System.Text;
using Personalization.Kernel.Checkpoints;
using Personalization.Kernel.Privacy;

namespace Personalization.Features.Domain.History;

/// <summary>
/// The properties that are kept, with numbers that stay. A definition that names one keeps it from its place in the log on, for good: a
/// replay sees the same. Those of the configuration are kept from the beginning: with another list the log is replayed.
/// </summary>
[HoldsNoPersonalData("Paths of properties, as definitions and configuration name them.")]
internal sealed class KeptProperties : IKeptProperties, ICheckpointed
{
    /// <summary>Properties that are kept at most: each costs a comparison an event.</summary>
    public const int Max = 256;

    /// <summary>UTF-8 bytes of a path.</summary>
    public const int MaxPathBytes = 256;

    private const byte PathTable = 31;
    private readonly string[] _configured;
    private volatile KeptPaths _paths = KeptPaths.None;
    private int _collected;
    private long _refused;

    public KeptProperties(HistoryOptions options)
    {
        _configured = [.. options.AllProperties.Distinct(StringComparer.Ordinal)];
        KeepConfigured();
    }

    public string FileName => "features";

    public int Version => SettingsVersion.Of(1, _configured);

    /// <summary>How many have a number.</summary>
    public int Count => _paths.Count;

    public int Free => Max - Count;

    /// <summary>Times that a definition asked for a property for which there was no room, or which was no path, since the start.</summary>
    public long Refused => Volatile.Read(ref _refused);

    /// <summary>Where in the log a definition that is applied now stands; the sequencer's position.</summary>
    public long Offset { get; set; }

    /// <summary>What is looked for in an event, as of now.</summary>
    public KeptPaths Paths => _paths;

    public string this[int key] => _paths.All[key].Path;

    public int Find(ReadOnlySpan<char> path) =>
        _paths.Numbers.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(path, out var key) ? key : -1;

    public long SinceOffset(int key) => _paths.All[key].SinceOffset;

    /// <inheritdoc cref="KeptPath.IsShared"/>
    public bool IsShared(int key) => _paths.All[key].IsShared;

    public int Keep(string path)
    {
        var known = Find(path);
        if (known < 0 && (Free == 0 || !IsPath(path)))
        {
            Interlocked.Increment(ref _refused);
            return -1;
        }

        return known >= 0 ? known : Add(new KeptPath(path, Offset));
    }

    public void Load(CheckpointReader reader)
    {
        _paths = KeptPaths.None;
        reader.Visit(PathTable, (_, row) => Add(new KeptPath(Encoding.UTF8.GetString(row[sizeof(long)..]), BinaryPrimitives.ReadInt64LittleEndian(row))));
        _collected = Count;
        KeepConfigured();
    }

    public void Collect(CheckpointWriter writer)
    {
        var all = _paths.All;
        for (; _collected < all.Length; _collected++)
        {
            var kept = all[_collected];
            var row = writer.Reserve(PathTable, _collected, sizeof(long) + Encoding.UTF8.GetByteCount(kept.Path));
            BinaryPrimitives.WriteInt64LittleEndian(row, kept.SinceOffset);
            Encoding.UTF8.GetBytes(kept.Path, row[sizeof(long)..]);
        }
    }

    /// <summary>They have the first numbers, and are kept from the beginning of the log.</summary>
    private void KeepConfigured()
    {
        foreach (var path in _configured)
        {
            Keep(path);
        }
    }

    /// <summary>Names with dots between them, none empty, and more than <c>context</c> itself.</summary>
    public static bool IsPath(string path) =>
        path.Length > 0 && Encoding.UTF8.GetByteCount(path) <= MaxPathBytes && !path.Split('.').Contains("") && path != "context";

    private int Add(KeptPath kept)
    {
        _paths = new KeptPaths([.. _paths.All, kept]);
        return Count - 1;
    }
}
