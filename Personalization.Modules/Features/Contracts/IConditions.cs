using System.Text.Json;

namespace Personalization.Features.Contracts;

/// <summary>
/// The language of segments for whoever decides by a condition on the shopper, without there being a segment of it. Any thread.
/// </summary>
public interface IConditions
{
    /// <summary>Reads and compiles a condition as <c>docs/segments.md</c> describes it.</summary>
    /// <param name="condition">Any JSON.</param>
    /// <param name="path">Where it stands in its document, as a JSON pointer, for the faults.</param>
    /// <param name="faults">
    /// Gets all that is wrong. What names a segment that nobody defined, or a property of events that is not kept, is wrong too: it would silently hold for nobody.
    /// </param>
    /// <returns>Null when it cannot be read. A condition whose only fault is a name that is not known comes with its faults: the name may come later.</returns>
    IShopperCondition? Compile(JsonElement condition, string path, ICollection<ConditionFault> faults);

    /// <summary>Room to look at shoppers, one after the other. One thread at a time; make it once and keep it.</summary>
    IShopperLook CreateLook();
}

/// <summary>Something wrong with a condition, and where.</summary>
/// <param name="Path">JSON pointer.</param>
/// <param name="Message">What is wrong, and what would be right.</param>
public readonly record struct ConditionFault(string Path, string Message);

/// <summary>A condition that can be asked. Immutable to its users, shared by threads; asking reads memory and allocates nothing once warm.</summary>
public interface IShopperCondition
{
    bool Holds(IShopperLook look);
}

/// <summary>What conditions look at: one shopper at one time, in one request.</summary>
public interface IShopperLook
{
    /// <param name="profileId">A canonical profile in memory, or -1 for somebody of whom nothing may be known: they have no past, no traits and are in no segment.</param>
    /// <param name="nowMs">Unix ms.</param>
    /// <param name="context">Of the request, an object; undefined for none.</param>
    void At(int profileId, long nowMs, JsonElement context);
}
