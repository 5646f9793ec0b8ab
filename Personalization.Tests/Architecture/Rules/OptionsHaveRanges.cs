using System.ComponentModel.DataAnnotations;
using Mono.Cecil;
using Personalization.Tests.Architecture.Reading;

namespace Personalization.Tests.Architecture.Rules;

/// <summary>A number that a shop can configure has bounds, which are checked when the host starts.</summary>
internal static class OptionsHaveRanges
{
    private static readonly string Range = typeof(RangeAttribute).FullName!;

    private static readonly string[] Numbers = Array.ConvertAll(
        [
            typeof(byte), typeof(sbyte), typeof(short), typeof(ushort), typeof(int), typeof(uint), typeof(long), typeof(ulong),
            typeof(float), typeof(double), typeof(decimal),
        ],
        (Type type) => type.FullName!);

    public static IEnumerable<Violation> Check(CompiledCode code) =>
        from type in code.Types
        where type.Name.EndsWith("Options", StringComparison.Ordinal)
        from property in type.Properties
        where property.SetMethod is { IsStatic: false } && IsNumber(property.PropertyType) && property.Find(Range) is null
        select new Violation(SourceName.Of(property), "is a configured number without bounds", "add a [Range] with its unit and default in the summary");

    private static bool IsNumber(TypeReference type) =>
        Numbers.Contains(type.FullName, StringComparer.Ordinal)
        || (type is GenericInstanceType { Name: "Nullable`1" } nullable && IsNumber(nullable.GenericArguments[0]));
}
