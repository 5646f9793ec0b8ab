using System.ComponentModel.DataAnnotations;
using Personalization.Decisioning.Domain.Models.Purchases;

namespace Personalization.Decisioning;

/// <summary>What is kept to train models from, and how much of the machine training may take. Section <c>Personalization:ModelTraining</c>.</summary>
public sealed class ModelTrainingOptions
{
    public const string Section = "ModelTraining";

    /// <summary>Minutes between two trainings, at least. Default 30: what a shopper buys counts at once without one; only what goes with what waits.</summary>
    [Range(1, 10_080)]
    public int EveryMinutes { get; set; } = 30;

    /// <summary>
    /// Rest after a training as a multiple of the time it took, so that it never takes more than a share of one core. Default 9: a tenth.
    /// </summary>
    [Range(0, 1_000)]
    public int RestPerWork { get; set; } = 9;

    /// <summary>Purchases remembered of a shopper, 8 bytes each, the newest. Default 512: a wholesale customer's year.</summary>
    [Range(16, 4_096)]
    public int PurchasesPerShopper { get; set; } = 512;

    /// <summary>Purchases remembered at all. Default 8,388,608: 64 MiB. When there is no room, shoppers new to the shop are not remembered.</summary>
    [Range(1_024, 1_073_741_824)]
    public long MaxPurchases { get; set; } = 8_388_608;

    /// <summary>Purchases that one training looks at, the newest. Default 2,000,000: it takes minutes, not hours.</summary>
    [Range(1_000, 100_000_000)]
    public int MaxTrainingPurchases { get; set; } = 2_000_000;

    /// <summary>Buyers that an item needs to be learnt. Default 5: below it says nothing, and could say who bought it.</summary>
    [Range(2, 1_000)]
    public int MinBuyers { get; set; } = 5;

    /// <summary>
    /// Items of the linear model, the most widely bought. Default 4,096: training takes 20 bytes for each pair of them while it runs (320 MiB when there
    /// are so many) and time with the cube.
    /// </summary>
    [Range(64, 16_384)]
    public int MaxItems { get; set; } = 4_096;

    /// <summary>Weights kept of an item. Default 128: more changed no ranking on held-out purchases.</summary>
    [Range(8, 1_024)]
    public int WeightsPerItem { get; set; } = 128;

    /// <summary>Customers up to whom factors are tried; each round takes time with them. Default 50,000; 0 for never.</summary>
    [Range(0, 10_000_000)]
    public int MaxFactorCustomers { get; set; } = 50_000;

    /// <summary>Items whose descriptions are compared, the newest. Default 200,000: about 250 bytes each.</summary>
    [Range(100, 10_000_000)]
    public int MaxContentItems { get; set; } = 200_000;

    /// <summary>Versions of each trained model that are kept beside the one that answers, for a rollback. Default 1: the one before.</summary>
    [Range(0, 10)]
    public int KeptBefore { get; set; } = 1;

    /// <summary>
    /// Share of decisions on which a version that has passed its gates is tried before it answers all; its rule decides. Default 0: it answers at once, for what is
    /// fresher is better in most shops, and a trial takes days in which nothing trained is taken.
    /// </summary>
    [Range(0, 0.5)]
    public double CanaryShare { get; set; }

    /// <summary>Answers of such a version that were seen, after which its rule decides. Default 10,000: a fifth less clicks is hardly ever missed.</summary>
    [Range(100, 10_000_000)]
    public long CanaryAnswers { get; set; } = 10_000;

    /// <summary>Segments whose own popular items are counted, by id, at most 16. Default none. A segment that is added is counted from then on.</summary>
    [MaxLength(16)]
    public IList<string> PopularitySegments { get; } = [];

    /// <summary>
    /// Whether slates for shoppers of whom nothing else is known begin with what is popular at this hour. Default false: in a shop without
    /// rhythm an hour's list is only a noisier list.
    /// </summary>
    public bool PopularByHour { get; set; }

    /// <summary>Where the shop's hours are counted, such as <c>Europe/Berlin</c>. Default UTC.</summary>
    [Required]
    [CustomValidation(typeof(ModelTrainingOptions), nameof(CheckTimeZone))]
    public string TimeZone { get; set; } = "UTC";

    /// <summary>Whether the machine knows the time zone.</summary>
    public static ValidationResult? CheckTimeZone(string zone) =>
        TimeZoneInfo.TryFindSystemTimeZoneById(zone, out _) ? ValidationResult.Success : new ValidationResult($"TimeZone: this machine knows no time zone '{zone}'.");

    internal NextPurchaseBounds NextPurchases => new(MinBuyers, MaxItems, WeightsPerItem, MaxFactorCustomers);
}
