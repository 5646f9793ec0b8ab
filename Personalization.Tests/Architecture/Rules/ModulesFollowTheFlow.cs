using Personalization.Tests.Architecture.Reading;

namespace Personalization.Tests.Architecture.Rules;

/// <summary>
/// A module uses modules before it in the flow, never after; the kernel uses none; nobody uses the composition. What must run
/// against the flow is a contract of the kernel that modules implement.
/// </summary>
internal static class ModulesFollowTheFlow
{
    /// <param name="code">What is examined.</param>
    /// <param name="flow">The modules in the order in which they are registered.</param>
    public static IEnumerable<Violation> Check(CompiledCode code, IReadOnlyList<string> flow) =>
        Unregistered(code, flow).Concat(
            from type in code.Types
            let here = code.PlaceOf(type)!.Value
            where !here.IsComposition
            from use in TypeUses.Of(type)
            let there = code.PlaceOf(use.Used)
            where there is not null && !there.Value.IsKernel && there.Value.Module != here.Module
            let violation = Judge(use, here, there.Value, flow)
            where violation is not null
            select violation);

    private static Violation? Judge(TypeUse use, Place here, Place there, IReadOnlyList<string> flow)
    {
        if (there.IsComposition)
        {
            return new Violation(use.Where, $"uses {use.Used.FullName}, which puts the modules together", "take what it needs as a parameter");
        }

        if (here.IsKernel)
        {
            return new Violation(
                use.Where, $"uses {use.Used.FullName}: the kernel knows no module", "declare an interface in the kernel that the module implements");
        }

        return PlaceIn(flow, there.Module) < PlaceIn(flow, here.Module)
            ? null
            : new Violation(
                use.Where,
                $"uses {use.Used.FullName}, but {there.Module} comes after {here.Module} in the flow",
                "publish a fact in its own Contracts, or implement a contract of the kernel");
    }

    private static IEnumerable<Violation> Unregistered(CompiledCode code, IReadOnlyList<string> flow) =>
        code.Modules.Except(flow, StringComparer.Ordinal).Select(module => new Violation(
            module, "has no place in the flow: its Add method is not called by the product's registration", "call it there, in the order of the flow"));

    private static int PlaceIn(IReadOnlyList<string> flow, string module)
    {
        var place = flow.ToList().IndexOf(module);
        return place < 0 ? int.MaxValue : place;
    }
}
