using System.Text.Json;
using Personalization.Kernel.Json;

namespace Personalization.Decisioning.Domain.Experiments;

/// <summary>One version of all flags, as it is kept.</summary>
/// <param name="Version">From 1.</param>
/// <param name="PutAtMs">Our clock, Unix ms.</param>
/// <param name="Body">The document as it was put, JSON.</param>
internal sealed record StoredFlags(long Version, long PutAtMs, byte[] Body);

/// <summary>Keeps versions of the flags. Thread-safe.</summary>
internal interface IFlagStore
{
    /// <summary>Null when none was ever put.</summary>
    StoredFlags? Newest();

    StoredFlags? Version(long version);

    /// <summary>Durable when it returns. Throws when there is such a version.</summary>
    void Add(StoredFlags flags);
}

/// <summary>
/// The flags that are served now. Putting others replaces all of them at once: an evaluation never sees half a change. Reads take no
/// lock.
/// </summary>
internal sealed class FlagRegistry
{
    private readonly Lock _writing = new();
    private readonly IFlagStore _store;
    private readonly TimeProvider _time;
    private volatile FlagSet _current;

    /// <exception cref="InvalidDataException">What is stored cannot be read: a damaged file, or one of a later program.</exception>
    public FlagRegistry(IFlagStore store, TimeProvider time)
    {
        (_store, _time) = (store, time);
        _current = store.Newest() is { } stored ? Read(stored) : FlagSet.Empty;
    }

    public FlagSet Current => _current;

    /// <summary>Takes a whole document, if nothing in it is wrong and it follows the version that its author saw.</summary>
    /// <param name="body">JSON: <c>{"features": {…}, "savedGroups": {…}, "contextualBandits": {…}}</c>.</param>
    /// <param name="after">The version that it is meant to replace; null = whichever is there.</param>
    public FlagChange Put(byte[] body, long? after)
    {
        FlagSet read;
        try
        {
            read = FlagSet.Read(0, BodyJson.Parse(body), out var faults);
            if (faults.Count > 0)
            {
                return new FlagChange(null, faults);
            }
        }
        catch (JsonException error)
        {
            return new FlagChange(null, [new FlagFault("", $"It is not JSON from byte {error.BytePositionInLine} of line {error.LineNumber} on.")]);
        }

        lock (_writing)
        {
            var version = _current.Version;
            if (after is { } seen && seen != version)
            {
                return new FlagChange(null, []);
            }

            var next = read.As(version + 1);
            _store.Add(new StoredFlags(next.Version, _time.GetUtcNow().ToUnixTimeMilliseconds(), body));
            _current = next;
            return new FlagChange(next, []);
        }
    }

    public StoredFlags? Stored(long version) => _store.Version(version);

    private static FlagSet Read(StoredFlags stored)
    {
        using var document = JsonDocument.Parse(stored.Body);
        var read = FlagSet.Read(stored.Version, document.RootElement, out var faults);
        return faults.Count == 0
            ? read
            : throw new InvalidDataException($"Version {stored.Version} of the flags cannot be read: {faults[0].Pointer} {faults[0].Detail}");
    }
}

/// <summary>What became of a change.</summary>
/// <param name="Flags">What is served now; null when it was refused.</param>
/// <param name="Faults">All that is wrong; empty when it was refused because somebody else was faster.</param>
internal sealed record FlagChange(FlagSet? Flags, IReadOnlyList<FlagFault> Faults);
