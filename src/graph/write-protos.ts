import { readFileSync } from 'node:fs';
import path from 'node:path';
import { create } from '@bufbuild/protobuf';
import {
  CodeGeneratorRequestSchema,
  DescriptorProtoSchema,
  EnumDescriptorProtoSchema,
  FieldDescriptorProto_Label,
  FieldDescriptorProto_Type,
  FieldDescriptorProtoSchema,
  FileDescriptorProtoSchema,
  SourceCodeInfo_LocationSchema,
  SourceCodeInfoSchema,
  type DescriptorProto,
  type EnumDescriptorProto,
  type FieldDescriptorProto,
  type FileDescriptorProto,
  type SourceCodeInfo_Location as Location,
} from '@bufbuild/protobuf/wkt';
import { protocGenEs } from '@bufbuild/protoc-gen-es/dist/cjs/src/protoc-gen-es-plugin.js';
import protobuf from 'protobufjs';
import { writeAtomically } from '../files/atomic.ts';
import { packageRoot } from '../home.ts';

/** Path of the ONNX project's own definition; its comments document the fields. */
const PROTO = path.join(packageRoot(), 'src', 'graph', 'onnx.proto');

/** The text of onnx_pb.ts, generated from onnx.proto. */
export function generatedProtos(): string {
  const locations = [
    create(SourceCodeInfo_LocationSchema, {
      path: [12],
      span: [0, 0, 0],
      leadingDetachedComments: [' SPDX-License-Identifier: Apache-2.0\n'],
    }),
  ];
  const file = descriptorOf(readFileSync(PROTO, 'utf8'), locations);
  file.sourceCodeInfo = create(SourceCodeInfoSchema, { location: locations });
  const request = create(CodeGeneratorRequestSchema, {
    fileToGenerate: ['onnx.proto'],
    parameter: 'target=ts,import_extension=none',
    protoFile: [file],
  });
  // The generator bundles its own protobuf runtime, whose types are equivalent.
  return protocGenEs.run(request as unknown as Parameters<typeof protocGenEs.run>[0]).file[0]!.content;
}

/**
 * The package's messages and enumerations, and the locations of their comments. protobufjs parses the language, protoc-gen-es writes
 * TypeScript.
 */
function descriptorOf(source: string, locations: Location[]): FileDescriptorProto {
  const { root, package: name } = protobuf.parse(source, new protobuf.Root(), { keepCase: true, alternateCommentMode: true });
  root.resolveAll();
  const { nestedArray } = root.lookup(name!) as protobuf.Namespace;
  const file = create(FileDescriptorProtoSchema, { name: 'onnx.proto', package: name!, options: { optimizeFor: 3 } });
  for (const each of nestedArray) {
    if (each instanceof protobuf.Type) file.messageType.push(messageOf(each, [4, file.messageType.length], locations));
    if (each instanceof protobuf.Enum) file.enumType.push(enumOf(each, [5, file.enumType.length], locations));
  }
  return file;
}

function messageOf(type: protobuf.Type, at: number[], locations: Location[]): DescriptorProto {
  comment(type.comment, at, locations);
  const message = create(DescriptorProtoSchema, { name: type.name, oneofDecl: type.oneofsArray.map(({ name }) => ({ name })) });
  for (const field of type.fieldsArray) {
    comment(field.comment, [...at, 2, message.field.length], locations);
    message.field.push(fieldOf(field, type.oneofsArray.indexOf(field.partOf!)));
  }
  for (const each of type.nestedArray) {
    if (each instanceof protobuf.Type) message.nestedType.push(messageOf(each, [...at, 3, message.nestedType.length], locations));
    if (each instanceof protobuf.Enum) message.enumType.push(enumOf(each, [...at, 4, message.enumType.length], locations));
  }
  for (const reserved of type.reserved ?? []) {
    if (typeof reserved === 'string') message.reservedName.push(reserved);
    // The end is exclusive.
    else
      message.reservedRange.push({
        $typeName: 'google.protobuf.DescriptorProto.ReservedRange',
        start: reserved[0]!,
        end: reserved[1]! + 1,
      });
  }
  return message;
}

function fieldOf(field: protobuf.Field, oneof: number): FieldDescriptorProto {
  const { name, id, repeated, required, resolvedType, type } = field;
  const scalar = FieldDescriptorProto_Type[type.toUpperCase() as keyof typeof FieldDescriptorProto_Type];
  return create(FieldDescriptorProtoSchema, {
    name,
    number: id,
    jsonName: name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase()),
    label: repeated
      ? FieldDescriptorProto_Label.REPEATED
      : required
        ? FieldDescriptorProto_Label.REQUIRED
        : FieldDescriptorProto_Label.OPTIONAL,
    type:
      resolvedType === null
        ? scalar
        : resolvedType instanceof protobuf.Enum
          ? FieldDescriptorProto_Type.ENUM
          : FieldDescriptorProto_Type.MESSAGE,
    ...(resolvedType === null ? {} : { typeName: resolvedType.fullName }),
    ...(oneof < 0 ? {} : { oneofIndex: oneof }),
    ...(field.options?.['packed'] === true ? { options: { packed: true } } : {}),
  });
}

function enumOf({ name, values, comment: own, comments }: protobuf.Enum, at: number[], locations: Location[]): EnumDescriptorProto {
  comment(own, at, locations);
  const names = Object.keys(values);
  for (const [i, each] of names.entries()) comment(comments[each], [...at, 2, i], locations);
  return create(EnumDescriptorProtoSchema, { name, value: names.map((each) => ({ name: each, number: values[each]! })) });
}

function comment(text: string | null | undefined, at: number[], locations: Location[]): void {
  if (text !== null && text !== undefined && text !== '') {
    locations.push(
      create(SourceCodeInfo_LocationSchema, { path: at, span: [0, 0, 0], leadingComments: ` ${text.replaceAll('\n', '\n ')}\n` }),
    );
  }
}

if (process.argv[1] === import.meta.filename) {
  const file = path.join(packageRoot(), 'src', 'graph', 'onnx_pb.ts');
  await writeAtomically(file, generatedProtos());
  process.stdout.write(`${path.relative(packageRoot(), file)}\n`);
}
