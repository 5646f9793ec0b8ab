using Personalization.Features.Contracts;
using Personalization.Features.Domain;
using Personalization.Features.Domain.Declared;
using Personalization.Features.Domain.Traits;
using Personalization.Tracking.Contracts;

namespace Personalization.Features.Pipeline.Training;

/// <summary>How a column is stored; the names are those of Parquet.</summary>
internal enum ColumnType : byte
{
    Boolean = 1,
    Int64,
    Double,
    ByteArray,
}

/// <summary>A column of a training set.</summary>
/// <param name="Name">Unique within the set.</param>
/// <param name="Type">Of all its values; each may be absent.</param>
/// <param name="Role"><c>key</c>, <c>context</c>, <c>feature</c>, <c>segment</c>, <c>trait</c> or <c>label</c>.</param>
internal sealed record TrainingColumn(string Name, ColumnType Type, string Role);

/// <summary>
/// What was known when an item was shown. Read on the loop that owns the profile, before the exposure itself becomes part of what is known,
/// by the clock of the log. A name that was not defined then has no value then.
/// </summary>
internal sealed class TrainingColumns(
    TrainingRequest request, IProfileFeatures profiles, ICatalog catalog, IFeatureValues? declared = null, ISegments? segments = null, ITraitReader? traits = null)
{
    private static readonly TrainingColumn[] Keys =
    [
        new("offset", ColumnType.Int64, "key"),
        new("profile", ColumnType.Int64, "key"),
        new("decision_id", ColumnType.ByteArray, "key"),
        new("shown_at_ms", ColumnType.Int64, "context"),
        new("kind", ColumnType.ByteArray, "context"),
        new("placement", ColumnType.ByteArray, "context"),
        new("experiment", ColumnType.ByteArray, "context"),
        new("variation", ColumnType.ByteArray, "context"),
        new("position", ColumnType.Int64, "context"),
        new("item", ColumnType.ByteArray, "key"),
    ];

    private static readonly TrainingColumn[] Known =
    [
        new("events", ColumnType.Int64, "feature"),
        new("sessions", ColumnType.Int64, "feature"),
        new("views", ColumnType.Int64, "feature"),
        new("adds", ColumnType.Int64, "feature"),
        new("orders", ColumnType.Int64, "feature"),
        new("searches", ColumnType.Int64, "feature"),
        new("revenue", ColumnType.Double, "feature"),
        new("session_events", ColumnType.Int64, "feature"),
        new("ms_since_last_event", ColumnType.Int64, "feature"),
        new("item_viewed", ColumnType.Boolean, "feature"),
        new("item_added", ColumnType.Boolean, "feature"),
        new("item_purchased", ColumnType.Boolean, "feature"),
        new("category_affinity", ColumnType.Double, "feature"),
        new("brand_affinity", ColumnType.Double, "feature"),
        new("item_price", ColumnType.Double, "feature"),
    ];

    private readonly ProfileView _view = new();
    private readonly TraitSet _traits = new();

    /// <summary>Without the labels, which are known later.</summary>
    public IReadOnlyList<TrainingColumn> All { get; } =
    [
        .. Keys, .. Known,
        .. request.Features.Select(name => new TrainingColumn("feature_" + name, ColumnType.Double, "feature")),
        .. request.Segments.Select(id => new TrainingColumn("segment_" + id, ColumnType.Boolean, "segment")),
        .. request.Traits.Select(name => new TrainingColumn("trait_" + name, ColumnType.ByteArray, "trait")),
    ];

    /// <summary>Writes one row: an item of a slate, or an assignment to an experiment.</summary>
    public void Write(RowSpool rows, TrackedEvent shown, int position, in Exposure exposure, long nowMs)
    {
        rows.Put(shown.Offset);
        rows.Put((long)shown.ProfileId);
        rows.Put(shown.Text(shown.DecisionId));
        rows.Put(shown.TimestampMs);
        rows.Put(exposure.IsExperiment ? "experiment"u8 : "recommendation"u8);
        rows.Put(shown.Text(shown.Placement));
        rows.Put(exposure.Experiment);
        rows.Put(exposure.Variation);
        var item = -1;
        if (position < 0)
        {
            rows.PutNone();
            rows.PutNone();
        }
        else
        {
            ref readonly var line = ref shown.Lines[position];
            item = line.Item;
            rows.Put((long)position);
            rows.Put(shown.Text(line.Id));
        }

        WriteKnown(rows, shown, position, item);
        WriteDeclared(rows, shown.ProfileId, nowMs);
    }

    private void WriteKnown(RowSpool rows, TrackedEvent shown, int position, int item)
    {
        profiles.TryRead(shown.ProfileId, _view);
        var counters = _view.Counters;
        rows.Put((long)counters.Events);
        rows.Put((long)counters.Sessions);
        rows.Put((long)counters.Views);
        rows.Put((long)counters.Adds);
        rows.Put((long)counters.Orders);
        rows.Put((long)counters.Searches);
        rows.Put(counters.Revenue);
        rows.Put((long)_view.SessionEvents);
        if (_view.LastEventMs > 0)
        {
            rows.Put(shown.TimestampMs - _view.LastEventMs);
        }
        else
        {
            rows.PutNone();
        }

        if (position < 0)
        {
            rows.PutNone(6);
            return;
        }

        ref readonly var line = ref shown.Lines[position];
        rows.Put(Has(RecentKind.Viewed, item));
        rows.Put(Has(RecentKind.Added, item));
        rows.Put(Has(RecentKind.Purchased, item));
        rows.Put(WeightOf(_view.Categories, line.CategoryTerm));
        rows.Put(WeightOf(_view.Brands, line.BrandTerm));
        if (item >= 0 && catalog[item]?.Price is { } price)
        {
            rows.Put((double)price);
        }
        else
        {
            rows.PutNone();
        }
    }

    private void WriteDeclared(RowSpool rows, int profileId, long nowMs)
    {
        foreach (var name in request.Features)
        {
            var feature = declared?.Find(name) ?? -1;
            var value = feature < 0 ? Scalar.None : declared!.Read(feature, profileId, nowMs, out _);
            switch (value.Kind)
            {
                case ScalarKind.Number:
                    rows.Put(value.AsNumber);
                    break;
                case ScalarKind.True or ScalarKind.False:
                    rows.Put(value.Kind == ScalarKind.True ? 1.0 : 0.0);
                    break;
                default:
                    rows.PutNone();
                    break;
            }
        }

        foreach (var id in request.Segments)
        {
            if (segments?.Find(id) is { } segment and >= 0)
            {
                rows.Put(segments.IsMember(segment, profileId));
            }
            else
            {
                rows.PutNone();
            }
        }

        WriteTraits(rows, profileId, nowMs);
    }

    private void WriteTraits(RowSpool rows, int profileId, long nowMs)
    {
        if (request.Traits.Count == 0)
        {
            return;
        }

        var isRead = traits?.TryRead(profileId, _traits) == true;
        foreach (var name in request.Traits)
        {
            if (isRead && traits!.Find(name) is var key and >= 0 && _traits.TryGet(key, nowMs, out var found) && found.Value.Kind != ScalarKind.None)
            {
                rows.Put(System.Text.Encoding.UTF8.GetBytes(found.Value.ToString(_traits.Text)));
            }
            else
            {
                rows.PutNone();
            }
        }
    }

    private bool Has(RecentKind kind, int item)
    {
        foreach (ref readonly var recent in _view.Recent(kind))
        {
            if (recent.Item == item)
            {
                return true;
            }
        }

        return false;
    }

    private static double WeightOf(ReadOnlySpan<Affinity> affinities, int term)
    {
        foreach (ref readonly var affinity in affinities)
        {
            if (affinity.Term == term)
            {
                return affinity.Weight;
            }
        }

        return 0;
    }
}

/// <summary>What kind of exposure an event is.</summary>
internal readonly ref struct Exposure
{
    public bool IsExperiment { get; init; }

    public ReadOnlySpan<byte> Experiment { get; init; }

    public ReadOnlySpan<byte> Variation { get; init; }
}
