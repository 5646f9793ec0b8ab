using Personalization.Tests.Architecture.Reading;

namespace Personalization.Tests.Architecture.Rules;

/// <summary>A type of one module mentions types of another module only if they stand in its Contracts.</summary>
internal static class ModulesMeetInContracts
{
    public static IEnumerable<Violation> Check(CompiledCode code) =>
        from type in code.Types
        let here = code.PlaceOf(type)!.Value
        where here.IsModule
        from use in TypeUses.Of(type)
        let there = code.PlaceOf(use.Used)
        where there is { IsModule: true } && there.Value.Module != here.Module && there.Value.Room != "Contracts"
        select new Violation(
            use.Where,
            $"uses {use.Used.FullName}, which is {there.Value.Module}'s own",
            $"use an interface or record of {there.Value.Module}.Contracts, or add one there");
}
