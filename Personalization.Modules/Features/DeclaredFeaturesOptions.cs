using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Microsoft.Extensions.Options;
using Personalization.Features.Domain.Declared;
using Personalization.Features.Domain.Definitions;
using Personalization.Features.Domain.History;

namespace Personalization.Features;

/// <summary>How many features may be declared, and those that the configuration declares; section <c>Personalization:Features</c>.</summary>
public sealed class DeclaredFeaturesOptions
{
    public const string Section = "Features";

    /// <summary>Features that may be declared, default 200: an event is looked at by those that ask for its name.</summary>
    [Range(1, 2_000)]
    public int MaxFeatures { get; set; } = 200;

    /// <summary>
    /// Bytes that all features together may take of one profile, and of one item, at worst; default 256 KiB. A definition that could take more is
    /// refused, so the bound holds without anything being dropped; what is used is some hundred bytes.
    /// </summary>
    [Range(1 << 10, 4 << 20)]
    public int MaxBytesPerKey { get; set; } = 256 << 10;

    /// <summary>
    /// Profiles up to which a new version is filled from what they did lately, default 100,000. The pipeline rests meanwhile, for some 2 µs a profile:
    /// larger shops let a version see its window by itself.
    /// </summary>
    [Range(0, 10_000_000)]
    public int MaxProfilesFilled { get; set; } = 100_000;

    /// <summary>
    /// Places of the log before a new version up to which it takes in what happened before it, default 20 million; 0 for none. Four bytes a place while
    /// it does. A version behind a longer log counts from its own place on.
    /// </summary>
    [Range(0, 500_000_000)]
    public int MaxEventsFilled { get; set; } = 20_000_000;

    /// <summary>
    /// Places of the log that are taken in at once, default 20,000, ten times a second: events wait while a piece is read, readers never.
    /// </summary>
    [Range(10, 1_000_000)]
    public int EventsFilledAtOnce { get; set; } = 20_000;

    /// <summary>
    /// Prices at which a band of prices begins, ascending, in the shop's currency; default 10, 20, 50, 100, 200, 500, 1000: steps that are as
    /// far from each other to a buyer. What is below the first is band 0 (<c>item_price_band</c>).
    /// </summary>
    [MaxLength(64)]
    public IList<double> PriceBandEdges { get; set; } = [];

    internal IReadOnlyList<double> PriceBands => PriceBandEdges.Count > 0 ? [.. PriceBandEdges] : DefaultPriceBands;

    private static double[] DefaultPriceBands { get; } = [10, 20, 50, 100, 200, 500, 1_000];

    /// <summary>
    /// Definitions by id, each the JSON text that would be put over REST. Text, because a configuration keeps no kinds of values: 3 and "3" would be the
    /// same. A definition that differs from its newest version is put when the process starts; one that is taken out stays until it is deleted.
    /// </summary>
    public Dictionary<string, string> Definitions { get; set; } = [];
}

/// <summary>Tells every fault of every configured definition when the host starts.</summary>
internal sealed class DeclaredFeaturesOptionsValidator(HistoryOptions history) : IValidateOptions<DeclaredFeaturesOptions>
{
    public ValidateOptionsResult Validate(string? name, DeclaredFeaturesOptions options)
    {
        var properties = history.AllProperties.ToHashSet(StringComparer.Ordinal);
        var errors = options.Definitions.SelectMany(pair => Check(pair.Key, pair.Value, properties).Select(fault =>
            $"{DeclaredFeaturesOptions.Section}:{nameof(DeclaredFeaturesOptions.Definitions)}:{pair.Key}: {fault.Path} {fault.Message}")).ToList();
        if (properties.Count > KeptProperties.Max)
        {
            errors.Add(
                $"{DeclaredFeaturesOptions.Section}:{nameof(DeclaredFeaturesOptions.Definitions)} look at properties of events that make {properties.Count} "
                + $"with those of {HistoryOptions.Section}, more than the {KeptProperties.Max} that can be kept.");
        }

        if (options.PriceBandEdges.Any(edge => !double.IsFinite(edge)) || !options.PriceBandEdges.SequenceEqual(options.PriceBandEdges.Order().Distinct()))
        {
            errors.Add($"{DeclaredFeaturesOptions.Section}:{nameof(DeclaredFeaturesOptions.PriceBandEdges)} must be prices in ascending order, each once.");
        }

        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
    }

    private static List<DefinitionFault> Check(string id, string text, HashSet<string> properties)
    {
        var faults = new List<DefinitionFault>();
        if (!DefinitionId.IsValid(id))
        {
            faults.Add(new DefinitionFault("", FeatureDefinitionReader.WhatAnIdIs));
        }

        try
        {
            using var body = JsonDocument.Parse(text);
            properties.UnionWith(FeatureDefinitionReader.Read(id, body.RootElement, faults)?.Properties ?? []);
        }
        catch (JsonException error)
        {
            faults.Add(new DefinitionFault("", $"Is no JSON: {error.Message}"));
        }

        return faults;
    }
}
