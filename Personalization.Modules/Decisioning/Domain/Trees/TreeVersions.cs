using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Personalization.Decisioning.Domain.Experiments;
using Personalization.Decisioning.Domain.Journal;
using Personalization.Decisioning.Domain.Life;

namespace Personalization.Decisioning.Domain.Trees;

/// <summary>What the versions of all imported models work with.</summary>
/// <param name="Store">Of the files.</param>
/// <param name="Scorer">Asks a model about candidates.</param>
/// <param name="Answers">What people clicked.</param>
/// <param name="PlacementsOf">Which placements ask a model, by its id.</param>
/// <param name="Models">Whose popularity and queue of shadows these are.</param>
/// <param name="Time">Our clock.</param>
/// <param name="Logger">For files that cannot be read.</param>
internal sealed record TreeWorld(
    ITreeModelStore Store, TreeScorer Scorer, IClickedAnswers Answers, Func<string, IReadOnlySet<string>> PlacementsOf, LearnedModels Models, TimeProvider Time, ILogger<TreeVersions> Logger);

/// <summary>A version of an imported model, in memory.</summary>
internal sealed record ServedTreeModel(string Id, long Version, KeptTreeModel File, TreeModel Model);

/// <summary>
/// Versions of one imported model: each is a file, and the first is none at all. Only what serves, is tried or is shadowed stands in memory, and the file that was
/// looked at last. Reads of the decision path take one reference.
/// </summary>
internal sealed partial class TreeVersions : IVersionedModel
{
    private const int Answers = 20;
    private const int PopularItems = 100;
    private readonly Lock _lock = new();
    private readonly string _id;
    private readonly TreeWorld _world;
    private readonly IReadOnlySet<string> _placements;
    private readonly SortedDictionary<long, KeptTreeModel> _files = [];
    private readonly Dictionary<int, long> _fileOf = [];
    private readonly ILogger _logger;
    private (long File, TreeModel Model)? _recent;
    private volatile Serving _current = new(0, null, null);

    /// <param name="id">Of the model.</param>
    /// <param name="files">Its own that are kept.</param>
    /// <param name="world">What all work with.</param>
    public TreeVersions(string id, IEnumerable<KeptTreeModel> files, TreeWorld world)
    {
        (_id, _world, _placements, _logger) = (id, world, world.PlacementsOf(id), world.Logger);
        foreach (var file in files)
        {
            _files[file.Version] = file;
        }

        var room = new List<double>();
        Shadowed = new Shadow<TreeModel, TreeQuestion>(world.Models.Shadows, (model, asked, best) => world.Scorer.Order(model, asked, room, best));
    }

    public string Name => NameOf(_id);

    /// <summary>Of the model's versions among all others.</summary>
    public static string NameOf(string id) => $"tree-{id}";

    public int FirstVersion => 0;

    public string Description => $"The imported model {_id}: what it makes of a candidate is a feature for the rankers of placements that name it.";

    public IReadOnlyList<string> Limits =>
    [
        "Whom it learnt from is not known here: that nobody in it was erased is for whoever trained it to see to.",
        "Quality is measured by its own order of what was shown, on what was clicked of that: the version that served had a part in what was shown, and in which place.",
        "An experiment's arm that names another model is not told apart when a canary is counted.",
    ];

    /// <summary>No file.</summary>
    public JsonElement Defaults => ParametersOf(0);

    public Shadow<TreeModel, TreeQuestion> Shadowed { get; }

    /// <summary>What serves; null when nothing does.</summary>
    public ServedTreeModel? Live => _current.Live;

    /// <summary>Newest file or withdrawal; null before the first.</summary>
    public KeptTreeModel? Newest
    {
        get
        {
            lock (_lock)
            {
                return _files.Count == 0 ? null : _files.Last().Value;
            }
        }
    }

    public static JsonElement ParametersOf(long file) => JsonSerializer.SerializeToElement(new Dictionary<string, long> { ["file"] = file });

    /// <summary>What answers a decision: the live version, or the one that is tried on it. On the decision path.</summary>
    public ServedTreeModel? For(Guid decisionId)
    {
        var current = _current;
        return current.Trial is { } trial && trial.Rule.Holds(decisionId, trial.Version) ? trial.Model : current.Live;
    }

    /// <summary>Keeps a file, or that it was withdrawn.</summary>
    public void Keep(KeptTreeModel file, byte[]? body, TreeModel? model)
    {
        _world.Store.Add(file, body);
        lock (_lock)
        {
            _files[file.Version] = file;
            _recent = model is null ? _recent : (file.Version, model);
        }
    }

    /// <summary>Keeps so many of the newest files, and those of some versions.</summary>
    public void Trim(int newest, IEnumerable<int> versions)
    {
        lock (_lock)
        {
            var needed = versions.Select(version => _fileOf.GetValueOrDefault(version)).ToHashSet();
            var gone = _files.Keys.SkipLast(newest).Where(file => !needed.Contains(file)).ToList();
            _world.Store.Drop(_id, gone);
            gone.ForEach(file => _files.Remove(file));
        }
    }

    public IReadOnlyList<FlagFault> Check(JsonElement parameters)
    {
        if (parameters.ValueKind != JsonValueKind.Object || parameters.EnumerateObject().ToList() is not [{ Name: "file", Value: { ValueKind: JsonValueKind.Number } number }] || !number.TryGetInt64(out var file))
        {
            return [new FlagFault("/parameters", "An object with the number of a file alone: {\"file\": 3}; 0 for none.")];
        }

        lock (_lock)
        {
            return file == 0 || _files.GetValueOrDefault(file)?.Bytes is not null
                ? []
                : [new FlagFault("/parameters/file", string.Create(CultureInfo.InvariantCulture, $"No file {file} is kept: put it once more."))];
        }
    }

    public TrainingSet Describe() => new(0, 0, null, null, 0, 0);

    public ModelMeasurement? Measure(JsonElement parameters, int sessions, CancellationToken cancellationToken)
    {
        if (_placements.Count == 0 || Load(FileOf(parameters)) is not { } model)
        {
            return null;
        }

        var popular = _world.Models.Popularity.Snapshot.Popular;
        var (all, shown) = (new Measuring(popular.AsSpan(0, Math.Min(PopularItems, popular.Length))), new Measuring([]));
        var (room, best) = (new List<double>(), new ScoredItem[Answers]);
        foreach (var answer in _world.Answers.Newest(_placements, sessions, cancellationToken))
        {
            shown.Add(best.AsSpan(0, _world.Scorer.Order(model, answer.Shown, room, best)), answer.Clicked, default);
            var start = _world.Time.GetTimestamp();
            var found = _world.Scorer.Order(model, answer.Candidates, room, best);
            all.Add(best.AsSpan(0, found), answer.Clicked, _world.Time.GetElapsedTime(start));
        }

        // What was not shown could not be clicked, so only the order of what was says how good it is.
        return all.Result() with { Mrr = shown.Result().Mrr };
    }

    /// <summary>People find better ones elsewhere.</summary>
    public IEnumerable<JsonElement> Variations(JsonElement parameters) => [];

    public void Offer(int version, JsonElement parameters)
    {
        lock (_lock)
        {
            _fileOf[version] = FileOf(parameters);
        }
    }

    public void Serve(int version)
    {
        var model = Load(version);
        lock (_lock)
        {
            _current = _current with { LiveVersion = version, Live = model };
        }
    }

    public void Try(int? version, CanaryRule? rule)
    {
        var trial = version is { } tried && rule is not null ? new Trial(tried, Load(tried), rule) : null;
        lock (_lock)
        {
            _current = _current with { Trial = trial };
        }
    }

    public long? VersionOf(DecisionRecord decision)
    {
        var current = _current;
        return decision.Ranking is null || !_placements.Contains(decision.Placement) ? null
            : current.Trial is { } trial && trial.Rule.Holds(decision.Id, trial.Version) ? trial.Version
            : current.LiveVersion;
    }

    public void Shadow(int? version) => Shadowed.Set(version ?? 0, version is { } shadowed ? Load(shadowed)?.Model : null);

    public ShadowReport? ReadShadow() => Shadowed.Read();

    private static long FileOf(JsonElement parameters) => parameters.GetProperty("file").GetInt64();

    private ServedTreeModel? Load(int version)
    {
        lock (_lock)
        {
            var file = _fileOf.GetValueOrDefault(version);
            return Load(file) is { } model ? new ServedTreeModel(_id, version, _files[file], model) : null;
        }
    }

    /// <summary>Null for none, and for a file that cannot be read any more: rankers do without the feature rather than the shop without its answers.</summary>
    private TreeModel? Load(long file)
    {
        lock (_lock)
        {
            if (_recent is { } recent && recent.File == file)
            {
                return recent.Model;
            }

            if (_current.Live is { } live && live.File.Version == file)
            {
                return live.Model;
            }

            try
            {
                if (_world.Store.Read(_id, file) is not { } body)
                {
                    return null;
                }

                _recent = (file, TreeModelReader.Read(body));
                return _recent.Value.Model;
            }
            catch (TreeModelException error)
            {
                LogDamaged(_id, file, error.Message);
                return null;
            }
        }
    }

    [LoggerMessage(EventId = 5397, Level = LogLevel.Error, Message = "File {File} of the imported model {Model} cannot be read any more, and does not serve: {Reason}")]
    private partial void LogDamaged(string model, long file, string reason);

    private sealed record Serving(int LiveVersion, ServedTreeModel? Live, Trial? Trial);

    private sealed record Trial(int Version, ServedTreeModel? Model, CanaryRule Rule);
}
