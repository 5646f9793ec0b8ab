using Personalization.Tests.Architecture.Reading;

namespace Personalization.Tests.Architecture.Rules;

/// <summary>Every module has the same rooms; outside them stand its registration and its options only.</summary>
internal static class RoomsAreKnown
{
    private static readonly string[] ModuleRooms = ["Contracts", "Endpoints", "Pipeline", "Domain", "Storage"];

    private static readonly string[] KernelRooms =
        ["Audit", "Checkpoints", "Collections", "Errors", "Hashing", "Http", "Json", "Log", "Pipelines", "Privacy", "Replay", "Sqlite", "Time"];

    public static IEnumerable<Violation> Check(CompiledCode code) =>
        from type in code.Types
        where !type.IsNested
        let place = code.PlaceOf(type)!.Value
        where !place.IsComposition
        let rooms = place.IsKernel ? KernelRooms : ModuleRooms
        where place.Room.Length == 0 ? !MayStandOutside(type.Name, place.Module) : !rooms.Contains(place.Room, StringComparer.Ordinal)
        select new Violation(
            SourceName.Of(type),
            place.Room.Length == 0 ? "stands in no room of its module" : $"stands in a room that no module has: {place.Room}",
            $"move it to one of {string.Join(", ", rooms)}");

    private static bool MayStandOutside(string name, string module) =>
        name == module + "Module" || name.EndsWith("Options", StringComparison.Ordinal) || name.EndsWith("OptionsValidator", StringComparison.Ordinal);
}
