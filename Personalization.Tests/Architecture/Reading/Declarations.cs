using Mono.Cecil;

namespace Personalization.Tests.Architecture.Reading;

internal static class Declarations
{
    public static CustomAttribute? Find(this ICustomAttributeProvider provider, string fullName) =>
        provider.CustomAttributes.FirstOrDefault(attribute => attribute.AttributeType.FullName == fullName);

    /// <summary>Whether the type, or a base type in the same assembly, implements the interface.</summary>
    public static bool Implements(this TypeDefinition type, string interfaceName) =>
        type.Interfaces.Any(implemented => implemented.InterfaceType.FullName == interfaceName)
        || (type.BaseType as TypeDefinition)?.Implements(interfaceName) == true;
}
