using System.Globalization;

namespace Personalization.Decisioning.Domain.Models.Sessions;

/// <summary>How much this shop's slates follow what was clicked right after the current item (<see cref="SessionNeighbours"/>).</summary>
/// <param name="Power">Where the current item is left out; 0 for not at all.</param>
/// <param name="PowerWithCurrent">Where it may come again.</param>
/// <param name="Lineage">What that was found on.</param>
internal sealed record SessionOrderModel(float Power, float PowerWithCurrent, ModelLineage Lineage) : IModel
{
    public const string ModelName = "session-order";

    public string Name => ModelName;

    public static string FingerprintOf(float power, float powerWithCurrent) => string.Create(CultureInfo.InvariantCulture, $"{power}/{powerWithCurrent}");
}
