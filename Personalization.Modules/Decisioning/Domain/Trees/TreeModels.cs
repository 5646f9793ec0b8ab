using System.Collections.Immutable;
using Personalization.Decisioning.Domain.Life;

namespace Personalization.Decisioning.Domain.Trees;

/// <summary>What became of a file that was put.</summary>
/// <param name="Version">Its own.</param>
/// <param name="Model">That was read.</param>
/// <param name="Check">What the gates say.</param>
/// <param name="IsLive">Whether it serves now.</param>
internal sealed record PutTreeModel(int Version, TreeModel Model, GateReport Check, bool IsLive);

/// <summary>Finds imported models for rankers.</summary>
internal interface ITreeModels
{
    /// <summary>Null when there is none of that name.</summary>
    TreeVersions? Find(string id);
}

/// <summary>
/// All imported models. Each is a versioned model like any other, so that its files pass the same gates before they serve: one immutable table, replaced
/// whole. Reads take no lock.
/// </summary>
internal sealed class TreeModels : ITreeModels
{
    public const int MaxModels = 100;
    private const int KeptFiles = 10;
    private readonly Lock _writing = new();
    private readonly ModelRegistry _registry;
    private readonly TreeWorld _world;
    private volatile ImmutableSortedDictionary<string, TreeVersions> _current = ImmutableSortedDictionary.Create<string, TreeVersions>(StringComparer.Ordinal);

    public TreeModels(ModelRegistry registry, TreeWorld world)
    {
        (_registry, _world) = (registry, world);
        foreach (var files in world.Store.Kept().GroupBy(file => file.Id, StringComparer.Ordinal))
        {
            TakeUp(Add(files.Key, files), [.. files]);
        }
    }

    /// <summary>Those that serve.</summary>
    public IEnumerable<ServedTreeModel> Served => _current.Values.Select(tree => tree.Live).OfType<ServedTreeModel>();

    public TreeVersions? Find(string id) => _current.GetValueOrDefault(id);

    /// <summary>Keeps a file as the next version and asks its gates; it serves when they are open. Takes seconds.</summary>
    /// <param name="id">Of the model.</param>
    /// <param name="body">The file.</param>
    /// <param name="mayServe">Whether it is to serve at once when it may.</param>
    /// <param name="actor">Who.</param>
    /// <param name="cancellationToken">Ends the asking; then the version is there and waits.</param>
    /// <returns>Null when there are too many models, or versions of this one.</returns>
    /// <exception cref="TreeModelException">The file cannot be taken, and nothing has changed.</exception>
    public PutTreeModel? Put(string id, byte[] body, bool mayServe, string actor, CancellationToken cancellationToken)
    {
        var model = TreeModelReader.Read(body);
        int version;
        lock (_writing)
        {
            if (!IsThere(Find(id)) && _current.Values.Count(IsThere) >= MaxModels)
            {
                return null;
            }

            var tree = Find(id) ?? Add(id, []);
            if (_registry.Versions(tree.Name).Count >= ModelRegistry.MaxVersions)
            {
                return null;
            }

            version = NextOf(tree);
            tree.Keep(new KeptTreeModel(id, version, NowMs(), body.Length), body, model);
            if (_registry.Register(tree.Name, TreeVersions.ParametersOf(version), $"{model.Format}, {model.Trees.Length} trees", actor, version)?.Version is null)
            {
                return null; // Somebody registered a version by hand meanwhile, as the last one that may be or by the same number.
            }
        }

        var name = TreeVersions.NameOf(id);
        var check = _registry.Check(name, version, actor, cancellationToken)!.Version!.Check!;
        var isLive = mayServe && _registry.Promote(name, version, null, actor)!.Version is not null;
        Trim(Find(id)!);
        return new PutTreeModel(version, model, check, isLive);
    }

    /// <summary>Serves it no longer; false when there is nothing that might. A rollback lets what served before serve again.</summary>
    public bool Withdraw(string id, string actor)
    {
        lock (_writing)
        {
            if (Find(id) is not { } tree || !IsThere(tree))
            {
                return false;
            }

            var version = NextOf(tree);
            tree.Keep(new KeptTreeModel(id, version, NowMs(), null), null, null);
            _registry.Register(tree.Name, TreeVersions.ParametersOf(0), "Withdrawn.", actor, version);
            _registry.Promote(tree.Name, version, "Withdrawn.", actor);
            return true;
        }
    }

    private static bool IsThere(TreeVersions? tree) => tree is not null && (tree.Live is not null || tree.Newest?.Bytes is not null);

    private TreeVersions Add(string id, IEnumerable<KeptTreeModel> files)
    {
        var tree = new TreeVersions(id, files, _world);
        _registry.Add(tree);
        _current = _current.SetItem(id, tree);
        return tree;
    }

    /// <summary>Files without a version: of a time before there were versions, when the newest served, or of a crash between the two.</summary>
    private void TakeUp(TreeVersions tree, List<KeptTreeModel> files)
    {
        var known = _registry.Versions(tree.Name).Select(version => (long)version.Version).ToHashSet();
        foreach (var file in files.Where(file => !known.Contains(file.Version)))
        {
            _registry.Register(tree.Name, TreeVersions.ParametersOf(file.Bytes is null ? 0 : file.Version), "Found on disk.", "system", (int)file.Version);
        }

        if (known.Max() == tree.FirstVersion)
        {
            _registry.Promote(tree.Name, (int)files[^1].Version, "It served before there were versions.", "system");
        }
    }

    private int NextOf(TreeVersions tree) => 1 + (int)Math.Max(tree.Newest?.Version ?? 0, _registry.Versions(tree.Name)[0].Version);

    private void Trim(TreeVersions tree)
    {
        var rollout = _registry.Rollout(tree.Name)!;
        tree.Trim(KeptFiles, [rollout.Live, .. rollout.Before.TakeLast(1), .. rollout.Canary is { } run ? [(int)run.Version] : Array.Empty<int>()]);
    }

    private long NowMs() => _world.Time.GetUtcNow().ToUnixTimeMilliseconds();
}
