using System.ComponentModel.DataAnnotations;
using Personalization.Features.Domain.History;

namespace Personalization.Features;

/// <summary>What is kept of a person's recent events; section <c>Personalization:Features:History</c>.</summary>
public sealed class HistoryOptions : IValidatableObject
{
    public const string Section = "Features:History";

    /// <summary>
    /// Events kept of a person, default 500: half a year of a good customer, in some 15 KB. What a condition asks of earlier events it is told it
    /// cannot know. When more come the oldest go, in blocks of a quarter. After a change the next start replays the log once.
    /// </summary>
    [Range(16, 10_000)]
    public int MaxEvents { get; set; } = 500;

    /// <summary>Days before a person's latest event that are kept, default 90: the longest window that can be declared. After a change the next start
    /// replays the log once.</summary>
    [Range(1, 730)]
    public int Days { get; set; } = 90;

    /// <summary>Names of events that get a number, default 10,000: Segment allows 4,000. Later ones are <c>$other</c> and counted.</summary>
    [Range(100, 1_000_000)]
    public int MaxEventNames { get; set; } = 10_000;

    /// <summary>
    /// Paths of properties and context values that are kept with each event, besides those that a definition names. The default is what
    /// shops ask for and what says nothing of who somebody is: searches, addresses of pages and everything typed are left out.
    /// After a change of the list the next start replays the log once: what is kept is then what it were if the list had always been so.
    /// </summary>
    [MaxLength(256)]
    public IList<string> Properties { get; set; } = [];

    /// <summary>Whether the default list is kept too, default true.</summary>
    public bool KeepsDefaultProperties { get; set; } = true;

    /// <summary>A fault for each path that is none, and when there are too many.</summary>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        foreach (var path in Properties.Where(path => !KeptProperties.IsPath(path)))
        {
            yield return new ValidationResult(
                $"'{path}' is no path: names with dots between them, at most {KeptProperties.MaxPathBytes} bytes.", [nameof(Properties)]);
        }

        if (AllProperties.Distinct(StringComparer.Ordinal).Count() is > KeptProperties.Max and var count)
        {
            yield return new ValidationResult($"{count} properties are more than the {KeptProperties.Max} that can be kept.", [nameof(Properties)]);
        }
    }

    internal static IReadOnlyList<string> DefaultProperties { get; } =
    [
        "category", "coupon", "currency", "experiment_id", "list_id", "name", "payment_method", "promotion_id", "shipping_method", "variant", "variation_id",
        "context.campaign.medium", "context.campaign.name", "context.campaign.source", "context.device.type", "context.locale", "context.location.country",
    ];

    internal IEnumerable<string> AllProperties => KeepsDefaultProperties ? DefaultProperties.Concat(Properties) : Properties;
}
