using Mono.Cecil;

namespace Personalization.Tests.Architecture.Reading;

/// <summary>
/// The order of the modules, read from the method that registers them: each call of an <c>Add…</c> method that stands in a
/// module's own namespace counts, in the order in which it is written.
/// </summary>
internal static class FlowOrder
{
    public static IReadOnlyList<string> Read(CompiledCode code, string registrationType, string registrationMethod)
    {
        var method = code.Types.FirstOrDefault(type => type.FullName == registrationType)?
            .Methods.FirstOrDefault(method => method.Name == registrationMethod && method.HasBody);
        return method is null
            ? throw new InvalidOperationException($"{registrationType}.{registrationMethod} is gone: without it modules have no order")
            : method.Body.Instructions.Select(instruction => instruction.Operand)
                .OfType<MethodReference>()
                .Where(call => call.Name.StartsWith("Add", StringComparison.Ordinal))
                .Select(call => code.PlaceOf(call.DeclaringType))
                .Where(place => place is { IsModule: true, Room: "" })
                .Select(place => place!.Value.Module)
                .Distinct()
                .ToList();
    }
}
