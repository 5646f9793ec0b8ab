using System.Collections.Immutable;

namespace Personalization.Decisioning.Domain.Trees;

/// <summary>One version of a model, as it is kept.</summary>
/// <param name="Id">Its name.</param>
/// <param name="Version">From 1.</param>
/// <param name="PutAtMs">Our clock, Unix ms.</param>
/// <param name="Body">The file; null from where it was withdrawn.</param>
internal sealed record StoredTreeModel(string Id, long Version, long PutAtMs, byte[]? Body);

/// <summary>Keeps model files. Thread-safe.</summary>
internal interface ITreeModelStore
{
    /// <summary>The newest version of each, withdrawn ones too.</summary>
    IReadOnlyList<StoredTreeModel> Newest();

    /// <summary>Durable when it returns; older versions than the last <paramref name="keep"/> go.</summary>
    void Add(StoredTreeModel model, int keep);
}

/// <summary>A model that is served.</summary>
internal sealed record ServedTreeModel(string Id, long Version, long PutAtMs, int Bytes, TreeModel Model);

/// <summary>The models that are served now: one immutable snapshot, replaced whole. Reads take no lock.</summary>
internal sealed class TreeModels
{
    public const int MaxModels = 100;
    private const int KeptVersions = 10;
    private readonly Lock _writing = new();
    private readonly ITreeModelStore _store;
    private readonly TimeProvider _time;
    private readonly Dictionary<string, long> _versions = new(StringComparer.Ordinal);
    private volatile ImmutableSortedDictionary<string, ServedTreeModel> _current = ImmutableSortedDictionary.Create<string, ServedTreeModel>(StringComparer.Ordinal);

    /// <exception cref="TreeModelException">What is stored cannot be read: a damaged file, or one of a later program.</exception>
    public TreeModels(ITreeModelStore store, TimeProvider time)
    {
        (_store, _time) = (store, time);
        foreach (var stored in store.Newest())
        {
            _versions[stored.Id] = stored.Version;
            if (stored.Body is { } body)
            {
                _current = _current.Add(stored.Id, new ServedTreeModel(stored.Id, stored.Version, stored.PutAtMs, body.Length, TreeModelReader.Read(body)));
            }
        }
    }

    public ImmutableSortedDictionary<string, ServedTreeModel> Current => _current;

    /// <summary>Serves a file from now on; null when there are too many models.</summary>
    /// <exception cref="TreeModelException">The file cannot be taken, and nothing has changed.</exception>
    public ServedTreeModel? Put(string id, byte[] body)
    {
        var model = TreeModelReader.Read(body);
        lock (_writing)
        {
            if (!_current.ContainsKey(id) && _current.Count >= MaxModels)
            {
                return null;
            }

            var stored = Add(id, body);
            var served = new ServedTreeModel(id, stored.Version, stored.PutAtMs, body.Length, model);
            _current = _current.SetItem(id, served);
            return served;
        }
    }

    /// <summary>Serves it no longer; false when it was not served.</summary>
    public bool Withdraw(string id)
    {
        lock (_writing)
        {
            if (!_current.ContainsKey(id))
            {
                return false;
            }

            Add(id, null);
            _current = _current.Remove(id);
            return true;
        }
    }

    private StoredTreeModel Add(string id, byte[]? body)
    {
        var stored = new StoredTreeModel(id, _versions.GetValueOrDefault(id) + 1, _time.GetUtcNow().ToUnixTimeMilliseconds(), body);
        _store.Add(stored, KeptVersions);
        _versions[id] = stored.Version;
        return stored;
    }
}
